namespace Slipway.Config;

/// <summary>The forms of names in Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).</summary>
internal static class NameForms
{
    // The kubelet refuses to start with any other label of these domains
    // (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction).
    private static readonly string[] OwnDomains = ["kubernetes.io", "k8s.io"];
    private static readonly string[] LabelDomainsAllowed = ["kubelet.kubernetes.io", "node.kubernetes.io"];
    private static readonly string[] LabelsAllowed =
    [
        "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "kubernetes.io/instance-type",
        "beta.kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type",
        "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
        "failure-domain.kubernetes.io/region", "failure-domain.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    ];

    /// <summary>An RFC 1123 name in lower case: labels of 1 to 63 letters, digits and inner hyphens, joined by dots, 253 in all.</summary>
    public static bool IsDnsName(string text) => text.Length is > 0 and <= 253 && text.Split('.').All(IsDnsLabel);

    /// <summary>A name that a node may have: RFC 1123, at most 63 characters, and not a name of the machine itself.</summary>
    public static bool IsNodeName(string text) =>
        text.Length <= 63 && IsDnsName(text) && text is not ("localhost" or "localhost.localdomain");

    /// <summary>A key of a label, taint or annotation: an optional DNS prefix and <c>/</c>, then at most 63 characters.</summary>
    public static bool IsQualifiedName(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string name = text[(slash + 1)..];
        return (slash < 0 || IsDnsName(text[..slash])) && name.Length > 0 && IsLabelValue(name);
    }

    /// <summary>The value of a label or taint: empty, or at most 63 letters, digits, <c>-_.</c>, beginning and ending with a letter or digit.</summary>
    public static bool IsLabelValue(string text) =>
        text.Length == 0
        || (text.Length <= 63 && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));

    /// <summary>A label key that a kubelet may give its own node.</summary>
    public static bool IsNodeLabel(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return IsQualifiedName(text)
            && (slash < 0 || !Within(text[..slash], OwnDomains) || Within(text[..slash], LabelDomainsAllowed) || LabelsAllowed.Contains(text));
    }

    private static bool Within(string domain, string[] parents) =>
        parents.Any(p => domain == p || domain.EndsWith("." + p, StringComparison.Ordinal));

    private static bool IsDnsLabel(string text) =>
        text.Length is > 0 and <= 63 && text[0] != '-' && text[^1] != '-'
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
