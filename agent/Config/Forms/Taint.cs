namespace Slipway.Config;

/// <summary>A node taint.</summary>
/// <param name="Key">A qualified name.</param>
/// <param name="Value">A label value; empty for none.</param>
/// <param name="Effect">What it does to pods that do not tolerate it.</param>
internal sealed record Taint(string Key, string Value, TaintEffect Effect)
{
    /// <summary>Parses the kubelet's form: <c>key=value:Effect</c> or <c>key:Effect</c>; null when it is neither.</summary>
    public static Taint? TryParse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !Enum.GetNames<TaintEffect>().Contains(text[(colon + 1)..]))
        {
            return null;
        }

        string[] pair = text[..colon].Split('=', 2);
        string value = pair.Length == 2 ? pair[1] : "";
        return NameForms.IsQualifiedName(pair[0]) && NameForms.IsLabelValue(value)
            ? new Taint(pair[0], value, Enum.Parse<TaintEffect>(text[(colon + 1)..]))
            : null;
    }

    /// <summary>The kubelet's form.</summary>
    public override string ToString() => Value.Length == 0 ? $"{Key}:{Effect}" : $"{Key}={Value}:{Effect}";
}

/// <summary>What a taint does; the names are Kubernetes' own.</summary>
internal enum TaintEffect
{
    /// <summary>New pods are not placed.</summary>
    NoSchedule,

    /// <summary>New pods are placed only where nothing else is free.</summary>
    PreferNoSchedule,

    /// <summary>New pods are not placed and running ones are evicted.</summary>
    NoExecute,
}
