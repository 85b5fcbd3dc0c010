using Slipway.Config;

namespace Slipway.Fuzz;

/// <summary>Values that occur in configurations: right ones for every form of text, and odd ones for none.</summary>
internal static class Samples
{
    /// <summary>Right for at least one form each.</summary>
    public static readonly string[] Right =
    [
        "", "a", "text with spaces", "1.36.2", "v1.31.4+vmware.1", "1.36", "2.3.4", "worker-7", "node.example", "10.0.0.7", "fd00::7", "10.0.0.7,fd00::7", "auto",
        "interface:eth0", "10.0.0.0/16", "10.244.0.0/16,fd00:10::/64", "10.0.0.10:6443", "[fd00::10]:6443", "https://m.example/path", "http://p.example:3128",
        "oci://r.example/x", "/etc/slipway/file", "/", "a=b:NoSchedule", "c:NoExecute", "gpu", "example.com/rack", "rack", "90s", "1h30m", "15m", "100Mi", "10%", "1", Promises.Canary,
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a", "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n", "TUlJQw==",
        "-----BEGIN CERTIFICATE-----\nMIIBeTCCAR+gAwIBAgIUakFRkhYQEtlW4RO66XsKi7pMadkwCgYIKoZIzj0EAwIw\nETEPMA0GA1UEAwwGc2FtcGxlMCAXDTI2MTEyMTEzMjkwOVoYDzIxMjYxMDI4MTMy\nOTA5WjARMQ8wDQYDVQQDDAZzYW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\nAARIjjOEaEkXacwfucbHIdFvDcPo/JUmwPAJKeykshdaFp+o0z1KMNhTxvNYdZPY\nS+TYJDaE5VBh9qqMj3dFI/hbo1MwUTAdBgNVHQ4EFgQUDpQ6RG2EOzzDQ70UEGvY\nj4wqLhowHwYDVR0jBBgwFoAUDpQ6RG2EOzzDQ70UEGvYj4wqLhowDwYDVR0TAQH/\nBAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBR/3hQKtDKlKwdeXwBt3iVVPmiW4dO\nRG1GbgXTwEiBTgIhAJyDPbVnjoahSTlrfGucb1tkUFLxq8yg+4vXNa5b8rbW\n-----END CERTIFICATE-----\n",
        "https://x.example/m.yaml#sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "registry.k8s.io/pause:3.10", "--v=2",
        "net.ipv4.ip_forward", "br_netfilter", "eu-central-1", "01234567-89ab-cdef-0123-456789abcdef", "ABCDEFGHIJ0123456789abcd", "join-token",
        "arn:aws:iam::123456789012:role/hybrid", "arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/01234567-89ab-cdef-0123-456789abcdef",
        "arn:aws:rolesanywhere:eu-central-1:123456789012:profile/01234567-89ab-cdef-0123-456789abcdef", "r.example:5000", "_default", "user:password", "true", "1.30", "0x1F", "yes", "null",
        "imageGCHighThresholdPercent", "10%", "1.5Gi", "500m", "{{ ds.meta_data.local_hostname }}", "two\nlines\n", "  led by spaces", "ends in a colon:", "# no comment", "é ü 😀", "\t", "'", "\"", "\\",
    ];

    /// <summary>What readers stumble over, put in anywhere.</summary>
    public static readonly string[] Odd =
    [
        "{", "}", "[", "]", ":", ": ", "- ", ", ", "&a ", "*a", "!!str ", "!!binary ", "!x ", "<<: ", "<<: *a\n", "\"", "'", "|\n", "|2-\n", ">+\n", "\t", "\n", "\r\n", "\r", "  ",
        "\n  ", "#", " #", "%", "---\n", "...\n", "null", "true", "0x", "0o17", "1e9", "1e999", "-0", ".inf", ".nan", "\0", "\u0085", "\u2028", "😀", "?", "? ", "~", "@", "`", "\\u",
        "\\ud83d", "\\x41", "{{", "}}", "{% if x %}", "{{ ds.meta_data.x }}", "{{ v1.region }}", "[]", "{}", "99999999999999999999", "%YAML 1.2\n---\n", "%TAG ! x:\n---\n", "-1",
        "\uFEFF", "=", "==", "====", "=\n", "H4sI", "\u001f\u008b", "encoding: b64\n", "encoding: gz+b64\n", "append: true\n", "permissions: '0600'\n", "content: |\n", "content: >-\n",
        "write_files:\n", "runcmd:\n", "- kubeadm join\n", "- [nodeadm, init]\n", "apiVersion: ", "kind: NodeConfig\n", "slipway.dev/v1alpha1", "node.eks.aws/v1alpha1",
        "kubeadm.k8s.io/v1beta4", "kubelet.config.k8s.io/v1beta1", "#cloud-config\n", "## template: jinja\n", "#cloud-config-archive\n", "#!/bin/sh\n", "#include\n",
        "MIME-Version: 1.0\n", "Content-Type: multipart/mixed; boundary=\"b\"\n", "Content-Type: application/node.eks.aws\n", "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: quoted-printable\n", "\n--b\n", "\n--b--\n", "=\n", "=3D", "boundary*0=a", "spec:\n", "mode: prepare\n", "fromFile: /x", "fromUrl: https://u:p@x/",
        "fromExec: [a]", "scrubbed: true", "taints: null\n", "flags: [--a]\n", Promises.Canary, "u:CANARYpassword@h", "-----BEGIN PRIVATE KEY-----", "caCertHashes: []",
        "apiServerEndpoint", "certificateKey", "18446744073709551616", "9223372036854775807", "-9223372036854775808", "0.1e-400", "ds=nocloud;", "s=https://x/__dmi.system-uuid__/", "__dmi.", ";i=", ";h=a", "slipway.config=", "<", ">", "/>", "<![CDATA[", "]]>", "<!--", "-->", "<!DOCTYPE a [", "&#x0;", "&#65;", "&amp;", "&x;", "xmlns:oe=", "<Property oe:key=", "</", "<?", "\0\0\0\u0001", "\0\0\0\u0002", "1_000", "12:30:45", "2001-01-01",
    ];

    private static readonly Dictionary<TextFormat, string[]> ByFormat = [];

    /// <summary>The samples that have a form; a wrong one where none has, which a test of the tests reports.</summary>
    public static string[] Of(TextFormat format)
    {
        if (!ByFormat.TryGetValue(format, out string[]? samples))
        {
            samples = [.. Right.Where(text => text.Length == 0 ? format.EmptyIsAbsent : format.Accepts(text))];
            ByFormat.Add(format, samples = samples.Any(text => text.Length > 0) ? samples : ["no sample"]);
        }

        return samples;
    }
}
