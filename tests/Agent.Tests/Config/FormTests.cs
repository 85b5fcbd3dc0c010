using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>Every form a value can have: what is right, and what is wrong, said at the place of the value. <c>@</c> is the value.</summary>
public sealed class FormTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Uuid = "01234567-89ab-cdef-0123-456789abcdef";
    private const string Join = "join: {kubeadm: {join: {";
    private const string Init = "join: {kubeadm: {init: {";
    private const string Anywhere = "join: {eks: {iamRolesAnywhere: {";

    public static TheoryData<string, string[], string[]> Forms => new()
    {
        { "kubernetes: {version: @}", ["1.36", "1.36.2", "v1.36.2", "1.31.4+vmware.1", "1.35.0-eks-5e0fdde", "1.30"],
            ["latest", "1", "1.36.", "1.036.2", "1.36.2.1", "1.36.2+", "1.36-eks", "\"1.36.2 \"", "v", "-1.36"] },
        { "node: {name: @}", ["worker-7", "a", "a.b-c.9", "\"7\""],
            ["localhost", "Worker", "-a", "a-", "a..b", ".a", "a_b", "\"a b\"", "a234567890123456789012345678901234567890123456789012345678901234"] },
        { "node: {ip: @}", ["auto", "10.0.0.7", "fd00::7", "\"10.0.0.7,fd00::7\"", "10.0.0.0/16", "\"interface:eth0\""],
            ["10.1", "10.0.0.256", "010.0.0.1", "\"10.0.0.1,10.0.0.2\"", "10.0.0.0/33", "10.0.0.7/16", "\"interface:\"", "\"interface:0123456789abcdef\"", "\"fe80::1%eth0\"", "eth0"] },
        { "node: {labels: {rack: @}}", ["b2", "\"\"", "A.b_c-9", "\"1\""], ["\"b c\"", "-b", "b.", "\"a/b\"", "\"é\""] },
        { "node: {taints: [@]}", ["\"a=b:NoSchedule\"", "\"a:NoExecute\"", "\"example.com/gpu=:PreferNoSchedule\""],
            ["a", "\"a=b:Never\"", "\"a=b:noschedule\"", "\"=b:NoSchedule\"", "\"a=b c:NoSchedule\"", "\"A.example/a:NoSchedule\""] },
        { "runtime: {version: @}", ["2.3.4", "v1.7.34", "2.0.0-rc.1", "2.3"], ["latest", "2", "2.3.4.5", "2.3.", "2.3.4-"] },
        { "runtime: {sandboxImage: @}", ["registry.k8s.io/pause:3.10", "pause", "localhost/a", "localhost:5000/a/b_c__d--e.f:T_1", $"\"r.example/a@sha256:{Hex}\"", "\"[fd00::1]:5000/a:1\""],
            ["\"registry.k8s.io/Pause:3.10\"", "\"https://r.example/a\"", "\"a b\"", "\"a:\"", "\"a@sha256:12\"", "/a", "a/", "a//b", "-a", "\"a:b:c\"", "\"r.example:99999/a\"", "a___b"] },
        { "images: {pull: [@]}", ["a:1"], ["\"a b\"", "\"A:1\""] },
        { "artifacts: {mirrors: [@]}", ["\"https://m.example/\"", "\"oci://r.example/x\"", "\"http://m\""], ["\"ftp://x/\"", "m.example", "\"https://\"", "\"https://a b/\""] },
        { "artifacts: {lock: @}", ["/etc/lock"], ["etc/lock", "/etc/../lock", "\"~/lock\""] },
        { "proxy: {http: @}", ["\"http://p.example:3128\"", "\"http://u:p@p:3128/\"", "\"\""], ["p.example:3128", "\"socks5://p:1\"", "\"http://p:3128/path\"", "\"http://p?x\""] },
        { "proxy: {noProxy: [@]}", [".svc", "localhost", "10.0.0.0/8", "\"*\"", "\"*.example.com\"", "\"example.com:8080\"", "\"fd00::1\""],
            ["\"a,b\"", "\"http://a\"", "10.0.0.1/8", "\"a b\"", "\"\""] },
        { "system: {sysctl: {net.ipv4.ip_forward: @}}", ["1", "\"1 2\"", "true"], ["\"a\\nb\""] },
        { "system: {modules: [@]}", ["br_netfilter"], ["\"a b\"", "../a", "\"\""] },
        { "timeouts: {join: @}", ["90s", "1h30m", "1.5h"], ["\"\"", "15", "soon", "-1s", "0s", "1d", "\"1 h\"", "800h"] },
        { "join: {kubeadm: {join: {controlPlane: {bindPort: @}}}}", ["6443"], ["0", "65536", "99999999999999999999"] },
        { Join + "apiServerEndpoint: @}}}", ["\"10.0.0.10:6443\"", "\"[fd00::10]:6443\"", "\"api.example.com:443\""],
            ["10.0.0.10", "\"fd00::10:6443\"", "\"10.0.0.256:6443\"", "\"a:0\"", "\"a:65536\"", "\"https://a:1\""] },
        { Join + "token: @}}}", ["abcdef.0123456789abcdef"], ["abcdef.0123456789abcde", "ABCDEF.0123456789abcdef", "abcdef-0123456789abcdef", "\"abcdef.0123456789abcdef \""] },
        { Join + "caCertHashes: [@]}}}", [$"\"sha256:{Hex}\""], [Hex, "\"sha256:00\"", $"\"sha1:{Hex}\"", $"\"SHA256:{Hex}\"", $"\"sha256:{Hex}0\""] },
        { Join + "controlPlane: {certificateKey: @}}}}", [$"\"{Hex}\""], ["\"12\"", $"\"g{Hex[1..]}\""] },
        { Join + "caCertificate: @}}}", ["\"-----BEGIN CERTIFICATE-----\""], ["/etc/ca.pem", "\"-----BEGIN PRIVATE KEY-----\""] },
        { Join + "discoveryFile: @}}}", ["/d", "\"https://x/d\""], ["d", "\"http://x/d\""] },
        { Init + "podSubnet: @}}}", ["10.244.0.0/16", "\"10.244.0.0/16,fd00::/56\"", "\"fd00::/56, 10.244.0.0/16\""],
            ["10.244.0.1/16", "10.244.0.0", "\"10.244.0.0/16,10.245.0.0/16\"", "10.244.0.0/33", "10.244.0.0/08", "\"10.244.0.0/16,fd00::1/56\"", "\"fd00::/129\""] },
        { Init + "imageRepository: @}}}", ["registry.k8s.io", "\"r.example:5000/a\""], ["\"registry.k8s.io/pause:3.10\"", "\"https://r\"", "A/b"] },
        { Init + "manifests: [@]}}}", ["/a.yaml", $"\"https://x/y#sha256={Hex}\""], ["\"https://x/y\"", "\"https://x/y#sha256=12\"", "a.yaml"] },
        { "join: {eks: {cluster: {region: @}}}", ["eu-central-1", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"],
            ["eu-central", "EU-central-1", "eu_central_1", "eu-central-1a", "frankfurt"] },
        { "join: {eks: {cluster: {cidr: @}}}", ["172.16.0.0/16"], ["172.16.0.1/16", "172.16.0.0"] },
        { "join: {eks: {cluster: {certificateAuthority: @}}}", ["LS0t"], ["\"LS0t!\""] },
        { "join: {eks: {ssm: {activationId: @}}}", [Uuid], ["12", Uuid.ToUpperInvariant(), $"\"{{{Uuid}}}\""] },
        { Anywhere + "roleArn: @}}}", ["\"arn:aws:iam::123456789012:role/a\"", "\"arn:aws-cn:iam::123456789012:role/p/a+=,.@_-\"", "\"arn:aws-us-gov:iam::123456789012:role/a\"",
            "\"arn:aws-iso-b:iam::123456789012:role/a\"", "\"arn:aws-eusc:iam::123456789012:role/a\""],
            ["\"arn:aws:iam::12345678901:role/a\"", "\"arn:aws-mars:iam::123456789012:role/a\"", "\"arn:aws:iam:eu-west-1:123456789012:role/a\"", "\"arn:aws:iam::123456789012:user/a\"",
                "\"arn:aws:iam::123456789012:role/\"", "\"arn:aws:iam::123456789012:role/a b\"", "a"] },
        { Anywhere + "trustAnchorArn: @}}}", [$"\"arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/{Uuid}\""],
            [$"\"arn:aws:rolesanywhere:eu-west-1:123456789012:profile/{Uuid}\"", $"\"arn:aws:rolesanywhere::123456789012:trust-anchor/{Uuid}\"", "\"arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/1\""] },
        { "kubelet: {flags: [@]}", ["--v=2", "-v=2"], ["v", "\"-\"", "--", "\"\""] },
        { "kubelet: {config: {syncFrequency: @}}", ["1m", "\"0\"", "0s", "-1s", "1h0m0s"], ["soon", "1d", "\"1 m\"", "\"-\""] },
        { "kubelet: {config: {evictionHard: {memory.available: @}}}", ["5%", "100Mi", "0.5Gi", "\"0\"", "\"1e3\""], ["-5%", "101%", "100MB", "\"\\\" \"", "Mi", "5 %"] },
        { "kubelet: {config: {systemReserved: {cpu: @}}}", ["100m", "\"1\"", "1.5Gi", "\"2E\""], ["5%", "100mm", "-1Gi", "1.5.5Gi", "ki", "2e3Ki"] },
        { "kubelet: {config: {cgroupDriver: @}}", ["systemd", "\"\""], ["docker", "Systemd"] },
        { "kubelet: {config: {registerWithTaints: [{key: a, effect: @}]}}", ["NoSchedule"], ["Never"] },
        { "kubelet: {config: {imageGCHighThresholdPercent: @}}", ["85"], ["101", "-1"] },
        { "kubelet: {config: {clusterDNS: [@]}}", ["10.96.0.10"], ["dns", "10.96.0.0/16"] },
        { "kubelet: {config: {logging: {flushFrequency: @}}}", ["0", "5s", "5000000000"], ["soon"] },
        { "kubelet: {config: {containerLogMaxSize: @}}", ["10Mi"], ["10MB"] },
    };

    /// <summary>All that is right, as nodes that only prepare: what a join lacks is nobody's business then.</summary>
    internal static IEnumerable<ConfigNode> Right => Forms.SelectMany(row => row.Data.Item2.Select(good => Document(row.Data.Item1.StartsWith("join: {", StringComparison.Ordinal) ? "join: {mode: prepare, " + row.Data.Item1[7..] : row.Data.Item1, good)));

    [Theory]
    [InlineData("--v=4", true, null)]
    [InlineData("--v", true, null)]
    [InlineData("--feature-gates=A=true,B=false", true, null)]
    [InlineData("--v 4", false, "--v=4")]
    [InlineData("--v  4 ", false, "--v=4")]
    [InlineData("-- v", false, null)]
    [InlineData("---v=4", false, null)]
    [InlineData("--=4", false, null)]
    [InlineData("-v=4", true, null)]
    [InlineData("--a=b\n--c", false, null)]
    public void A_flag_and_its_value_are_one_word(string flag, bool accepted, string? nearest)
    {
        Assert.Equal(accepted, TextFormat.Flag.Accepts(flag));
        Assert.Equal(nearest, accepted ? null : TextFormat.Flag.Correct!(flag));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_value_of_a_wrong_form_is_told_at_its_place_and_a_right_one_is_taken(string field, string[] right, string[] wrong)
    {
        foreach (string good in right)
        {
            Assert.Empty(SchemaCheck.Document(Document(field, good)));
        }

        foreach (string bad in wrong)
        {
            Problem problem = Assert.Single(SchemaCheck.Document(Document(field, bad)));
            Assert.Equal($"config.invalid-value test.yaml:4:{field.IndexOf('@', StringComparison.Ordinal) + 3}", $"{problem.Code} {problem.At}");
            Assert.NotEmpty(problem.Expected!);
            Assert.Equal(Severity.Error, problem.Severity);
            bool secret = field.Contains("token", StringComparison.Ordinal) || field.Contains("certificateKey", StringComparison.Ordinal);
            if (secret)
            {
                Assert.Null(problem.Value);
            }
            else if (!Quoting.LooksSecret(bad) && bad.IndexOfAny(['\\', '?']) < 0 && bad.Length < 60)
            {
                Assert.Equal(bad.Trim('"'), problem.Value);
            }
        }
    }

    [Theory]
    [InlineData("node: {ip: 10.0.0.7/16}", "10.0.0.0/16")]
    [InlineData(Init + "podSubnet: 10.244.3.1/20}}}", "10.244.0.0/20")]
    [InlineData(Init + "serviceSubnet: \"10.96.0.1/12, fd00:1::5/108\"}}}", "10.96.0.0/12,fd00:1::/108")]
    [InlineData("join: {eks: {cluster: {remoteNodeNetworks: [192.168.1.77/29]}}}", "192.168.1.72/29")]
    [InlineData("proxy: {noProxy: [10.1.2.3/8]}", "10.0.0.0/8")]
    public void A_network_with_bits_behind_its_prefix_is_told_the_network_it_lies_in(string spec, string network)
    {
        Problem problem = Assert.Single(SchemaCheck.Document(Documents.Spec(spec)));
        Assert.Equal(network, problem.Nearest);
        Assert.Contains($"did you mean \"{network}\"?", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("system: {sysctl: {net.ipv4.conf.eth0/1.rp_filter: 1}}", true)]
    [InlineData("system: {sysctl: {net: 1}}", false)]
    [InlineData("system: {sysctl: {net..ipv4: 1}}", false)]
    [InlineData("system: {sysctl: {\"net.ipv4 x\": 1}}", false)]
    [InlineData("node: {labels: {example.com/rack: a}}", true)]
    [InlineData("node: {labels: {node-role.kubernetes.io/worker: \"\"}}", false)]
    [InlineData("node: {labels: {a/b/c: \"\"}}", false)]
    [InlineData("images: {registries: {\"r.example:5000\": {}, _default: {}}}", true)]
    [InlineData("images: {registries: {\"https://r.example\": {}}}", false)]
    public void A_key_has_its_form_too(string spec, bool right)
    {
        IReadOnlyList<Problem> problems = SchemaCheck.Document(Documents.Spec(spec));
        Assert.Equal(right ? [] : ["config.invalid-value"], problems.Select(problem => problem.Code));
        Assert.All(problems, problem => Assert.Equal(spec.LastIndexOf('{') + 4, problem.At.Column + (spec.Contains("{}", StringComparison.Ordinal) ? spec.LastIndexOf('{') - spec.IndexOf("{\"", StringComparison.Ordinal) : 0)));
    }

    [Theory]
    [InlineData("fromUrl: \"https://x\", headers: {A: {fromFile: /f}}", "config.wrong-type")]
    [InlineData("fromUrl: \"https://x\", headers: {A: b}", null)]
    public void A_header_of_a_secrets_address_is_a_value(string source, string? code) =>
        Assert.Equal(code is null ? [] : [code], SchemaCheck.Document(Documents.Spec(Join + "token: {" + source + "}}}}")).Select(problem => problem.Code));

    private static MappingNode Document(string field, string value) => Documents.Spec(field.Replace("@", value, StringComparison.Ordinal));
}
