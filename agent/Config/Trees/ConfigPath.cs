namespace Slipway.Config;

/// <summary>Writes paths of fields: <c>spec.node.labels["example.com/rack"]</c>, <c>spec.kubelet.flags[0]</c>.</summary>
internal static class ConfigPath
{
    /// <summary>The path of a mapping's entry. A key that is not a plain word is put in brackets, cut at 80 characters; one with the shape of a secret is not shown.</summary>
    public static string Join(string path, string key)
    {
        if (Quoting.LooksSecret(key))
        {
            return $"{path}[\"***\"]";
        }

        if (key.Length is 0 or > 80 || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return $"{path}[\"{Quoting.Printable(key, 80)}\"]";
        }

        return path.Length == 0 ? key : $"{path}.{key}";
    }

    /// <summary>The path of a list's item, counted from 0.</summary>
    public static string Item(string path, int index) => $"{path}[{index}]";
}
