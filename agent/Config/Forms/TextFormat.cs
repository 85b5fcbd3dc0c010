namespace Slipway.Config;

/// <summary>A form that a text must have.</summary>
/// <param name="Expected">The form in words and an example, as it follows "expected ".</param>
/// <param name="Accepts">Whether a text that is not empty has the form.</param>
/// <param name="EmptyIsAbsent">Whether <c>""</c> is taken, and means what absence means.</param>
internal sealed record TextFormat(string Expected, Func<string, bool> Accepts, bool EmptyIsAbsent = true)
{
    /// <summary>What a text was probably meant as; null for all that cannot be told.</summary>
    public Func<string, string?>? Correct { get; init; }

    /// <summary>Whether it is an address: what stands before an <c>@</c> in one is a user and a password, also where the rest is wrong.</summary>
    public bool IsAddress { get; init; }

    private static readonly System.Buffers.SearchValues<char> SuffixSigns =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+~-");

    private static readonly System.Buffers.SearchValues<char> FlagSigns = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly System.Buffers.SearchValues<char> SysctlSigns =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz./_-:@*");

    /// <summary>Any text.</summary>
    public static TextFormat Any { get; } = new("text", _ => true);

    /// <summary>One word or more on one line.</summary>
    public static TextFormat Line { get; } = new("one line of text", t => !t.Any(char.IsControl));

    /// <summary>A path from the root, without steps upwards.</summary>
    public static TextFormat AbsolutePath { get; } = new("an absolute path, such as /etc/slipway/file", IsAbsolutePath);

    /// <summary>A Kubernetes version.</summary>
    public static TextFormat Version { get; } =
        new("a version such as 1.36.2, v1.36.2, 1.36, 1.31.4+vmware.1 or 1.35.0-eks-5e0fdde", t => KubernetesVersion.TryParse(t) is not null);

    /// <summary>A version of other software, as its releases are named.</summary>
    public static TextFormat Release { get; } = new("a version such as 2.3.4", IsRelease);

    /// <summary>A node's name.</summary>
    public static TextFormat NodeName { get; } =
        new("a name of RFC 1123: at most 63 of a-z, 0-9, - and ., beginning and ending with a letter or digit, not localhost", NameForms.IsNodeName);

    /// <summary>A DNS name.</summary>
    public static TextFormat DnsName { get; } = new("a name of a-z, 0-9, - and .", NameForms.IsDnsName);

    /// <summary>A node's own address.</summary>
    public static TextFormat NodeAddress { get; } =
        new("auto, an address, \"v4,v6\", a CIDR or interface:NAME", t => NodeIp.TryParse(t) is not null) { Correct = t => t.Contains('/', StringComparison.Ordinal) ? NodeIp.Masked(t) : null };

    /// <summary>An IP address.</summary>
    public static TextFormat Address { get; } = new("an IPv4 or IPv6 address", t => NodeIp.Address(t) is not null);

    /// <summary>One network.</summary>
    public static TextFormat Cidr { get; } =
        new("a network such as 10.0.0.0/16, with no bits set behind its prefix", NodeIp.IsCidr) { Correct = NodeIp.Masked };

    /// <summary>One network, or one of each family.</summary>
    public static TextFormat Cidrs { get; } =
        new("a network such as 10.244.0.0/16, or one of each family as \"v4,v6\", with no bits set behind their prefixes", NodeIp.IsCidrs) { Correct = NodeIp.Masked };

    /// <summary>A label key that the kubelet lets a node give itself.</summary>
    public static TextFormat LabelKey { get; } =
        new("a label key such as example.com/rack; of the kubernetes.io domains only those that a node may give itself", NameForms.IsNodeLabel, false);

    /// <summary>A label value.</summary>
    public static TextFormat LabelValue { get; } = new("a label value: at most 63 letters, digits, -, _ and .", NameForms.IsLabelValue);

    /// <summary>The key of a taint.</summary>
    public static TextFormat TaintKey { get; } = new("a taint key such as example.com/gpu", NameForms.IsQualifiedName, false);

    /// <summary>A taint in the kubelet's form.</summary>
    public static TextFormat TaintText { get; } =
        new("a taint such as key=value:NoSchedule; effects are NoSchedule, PreferNoSchedule, NoExecute", t => Taint.TryParse(t) is not null, false);

    /// <summary>An upstream to load from.</summary>
    public static TextFormat Mirror { get; } = AddressOf("https", "http", "oci");

    /// <summary>A web address.</summary>
    public static TextFormat Web { get; } = AddressOf("https", "http");

    /// <summary>The address of an API server.</summary>
    public static TextFormat Https { get; } = AddressOf("https");

    /// <summary>A host with its port.</summary>
    public static TextFormat Endpoint { get; } =
        new("host:port, such as 10.0.0.10:6443 or [fd00::10]:6443", t => HostPort.TryParse(t) is { Port: not null }) { IsAddress = true };

    /// <summary>A host, with or without a port.</summary>
    public static TextFormat HostMaybePort { get; } = new("host or host:port", t => HostPort.TryParse(t) is not null, false) { IsAddress = true };

    /// <summary>A duration.</summary>
    public static TextFormat Duration { get; } = new("a duration such as 90s, 15m or 1h30m", t => GoDuration.TryParse(t) is not null, false);

    /// <summary>A duration as Go takes it: nothing and negative ones too.</summary>
    public static TextFormat AnyDuration { get; } = new("a duration such as 90s, 15m or 1h30m", GoDuration.IsDuration);

    /// <summary>An amount of a resource.</summary>
    public static TextFormat Amount { get; } = new("an amount such as 500m, 1.5Gi or 1000", Quantity.IsAmount);

    /// <summary>A part of a hundred.</summary>
    public static TextFormat Percentage { get; } = new("a percentage such as 10%", Quantity.IsPercentage);

    /// <summary>An amount or a part of the whole.</summary>
    public static TextFormat Threshold { get; } = new("an amount such as 100Mi or a percentage such as 10%", t => Quantity.IsAmount(t) || Quantity.IsPercentage(t));

    /// <summary>A proxy.</summary>
    public static TextFormat Proxy { get; } =
        new("an address such as http://proxy.example:3128, without a path", t => Url.TryParse(t, "https", "http") is { } url && !t.AsSpan(url.Scheme.Length + 3).TrimEnd('/').ContainsAny("/?#")) { IsAddress = true };

    /// <summary>What is reached without a proxy.</summary>
    public static TextFormat NoProxy { get; } =
        new("a host, .domain, address or network, each an item of its own", IsNoProxy, false) { IsAddress = true, Correct = t => t.Contains('/', StringComparison.Ordinal) ? NodeIp.Masked(t) : null };

    /// <summary>A bootstrap token (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).</summary>
    public static TextFormat Token { get; } = new("a bootstrap token: six of a-z0-9, a dot, sixteen of a-z0-9", t => t.Length == 23 && t[6] == '.' && t.Remove(6, 1).All(IsLowerOrDigit));

    /// <summary>The pin of a CA's public key.</summary>
    public static TextFormat CaHash { get; } = new("sha256: and 64 hexadecimal digits", IsDigest, false);

    /// <summary>The key that a control plane's certificates are encrypted with: AES-256, in hex.</summary>
    public static TextFormat CertificateKey { get; } = new("64 hexadecimal digits", t => IsHex(t, 64));

    /// <summary>PEM certificates.</summary>
    public static TextFormat Certificates { get; } =
        new("PEM: -----BEGIN CERTIFICATE----- …", t => t.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal));

    /// <summary>PEM certificates that can be read.</summary>
    public static TextFormat Authorities { get; } = new("certificates in PEM, each whole: -----BEGIN CERTIFICATE----- …", t => PemBundle.TryRead(t) is not null);

    /// <summary>PEM certificates in base64, as DescribeCluster gives them.</summary>
    public static TextFormat Base64 { get; } =
        new("base64", t => Convert.TryFromBase64String(t, new byte[t.Length], out _));

    /// <summary>A path or an address.</summary>
    public static TextFormat PathOrHttps { get; } =
        new("an absolute path or an https:// address", t => IsAbsolutePath(t) || Url.TryParse(t, "https") is not null) { IsAddress = true };

    /// <summary>A path, or an address with the digest of what is there.</summary>
    public static TextFormat PathOrPinned { get; } =
        new("an absolute path, or https://…#sha256=HEX", t => IsAbsolutePath(t) || (Url.TryParse(t, "https") is not null && IsPinned(t)), false) { IsAddress = true };

    /// <summary>The name of a container image.</summary>
    public static TextFormat Image { get; } = new("an image such as registry.k8s.io/pause:3.10, all in lower case but for the tag", t => ImageName.IsReference(t));

    /// <summary>What stands before the name in an image's name.</summary>
    public static TextFormat ImageRepository { get; } = new("a repository such as registry.k8s.io, without a tag", ImageName.IsRepository);

    /// <summary>A flag of a program, of one hyphen or two.</summary>
    public static TextFormat Flag { get; } =
        new("a flag with its value in one, such as --v=4", t => IsFlag(t, "--") || IsFlag(t, "-"), false) { Correct = WithEquals };

    /// <summary>A kernel setting.</summary>
    public static TextFormat Sysctl { get; } = new("a kernel setting such as net.ipv4.ip_forward", IsSysctl, false);

    /// <summary>A kernel module.</summary>
    public static TextFormat Module { get; } = new("a kernel module such as br_netfilter", t => t.Length <= 56 && t.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), false);

    /// <summary>An AWS region.</summary>
    public static TextFormat Region { get; } = new("an AWS region such as eu-central-1", Arn.IsRegion);

    /// <summary>An SSM activation id.</summary>
    public static TextFormat ActivationId { get; } = new("an activation id: a UUID in lower case", t => t.Length == 36 && Guid.TryParseExact(t, "D", out _) && !t.Any(char.IsAsciiLetterUpper));

    /// <summary>An SSM activation code.</summary>
    public static TextFormat ActivationCode { get; } = new("an activation code of 20 to 250 characters", t => t.Length is >= 20 and <= 250 && !t.Any(char.IsWhiteSpace));

    /// <summary>The name of a systemd credential.</summary>
    public static TextFormat Credential { get; } = new("the name of a systemd credential", t => t.Length <= 255 && !t.Contains('/', StringComparison.Ordinal) && t is not ("." or ".."), false);

    /// <summary>The ARN of an IAM role.</summary>
    public static TextFormat RoleArn { get; } = new("an ARN such as arn:aws:iam::123456789012:role/NAME", t => Arn.TryParse(t) is { Service: "iam", Kind: "role" });

    /// <summary>The ARN of a trust anchor.</summary>
    public static TextFormat TrustAnchorArn { get; } =
        new("an ARN such as arn:aws:rolesanywhere:REGION:123456789012:trust-anchor/ID", t => Arn.TryParse(t) is { Service: "rolesanywhere", Kind: "trust-anchor" });

    /// <summary>The ARN of a profile of IAM Roles Anywhere.</summary>
    public static TextFormat ProfileArn { get; } =
        new("an ARN such as arn:aws:rolesanywhere:REGION:123456789012:profile/ID", t => Arn.TryParse(t) is { Service: "rolesanywhere", Kind: "profile" });

    private static TextFormat AddressOf(params string[] schemes) =>
        new($"an address that begins with {string.Join("://, ", schemes)}://", t => Url.TryParse(t, schemes) is not null) { IsAddress = true };

    private static bool IsAbsolutePath(string text) =>
        text.StartsWith('/') && !text.Any(char.IsControl) && !text.Split('/').Contains("..");

    private static bool IsNoProxy(string text) =>
        text == "*" || NodeIp.IsCidr(text) || (!text.Contains('/', StringComparison.Ordinal) && (NodeIp.Address(text) is not null
            || HostPort.TryParse(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text.TrimStart('.')) is not null));

    private static bool IsRelease(string text)
    {
        string bare = text.StartsWith('v') ? text[1..] : text;
        int end = bare.AsSpan().IndexOfAny("-+~");
        string[] parts = (end < 0 ? bare : bare[..end]).Split('.');
        return parts.Length is 2 or 3 && parts.All(part => part.Length is > 0 and <= 9 && part.All(char.IsAsciiDigit))
            && (end < 0 || (bare.Length > end + 1 && bare.AsSpan(end + 1).IndexOfAnyExcept(SuffixSigns) < 0));
    }

    /// <summary>Whether a text is a flag's name without hyphens.</summary>
    public static bool IsFlagName(ReadOnlySpan<char> text) => text.Length > 0 && text[0] != '-' && text.IndexOfAnyExcept(FlagSigns) < 0;

    private static bool IsFlag(string text, string hyphens) =>
        text.StartsWith(hyphens, StringComparison.Ordinal) && IsFlagName(text.AsSpan(hyphens.Length).Slice(0, NameLength(text, hyphens.Length))) && !text.Any(char.IsControl);

    private static int NameLength(string text, int from) => text.IndexOf('=', from) is >= 0 and var end ? end - from : text.Length - from;

    private static string? WithEquals(string text) =>
        text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space && text[..space] + "=" + text[space..].Trim() is var flag && IsFlag(flag, "--") ? flag : null;

    private static bool IsLowerOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private static bool IsHex(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigit);

    private static bool IsDigest(string text) => text.StartsWith("sha256:", StringComparison.Ordinal) && IsHex(text[7..], 64);

    private static bool IsPinned(string text) =>
        text.LastIndexOf("#sha256=", StringComparison.Ordinal) is > 0 and var at && IsHex(text[(at + 8)..], 64);

    // sysctl(8) takes dots and slashes; an interface's name may hold a dot where slashes separate.
    private static bool IsSysctl(string text) =>
        text.Split('.', '/') is { Length: > 1 } parts && parts.All(part => part.Length > 0)
        && text.AsSpan().IndexOfAnyExcept(SysctlSigns) < 0 && text.Length <= 200;
}
