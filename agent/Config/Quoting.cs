using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Config;

/// <summary>Puts what an operator wrote into a message: printable, short, and without what looks like a secret.</summary>
internal static partial class Quoting
{
    /// <summary>A value in double quotes; what has the shape of a bootstrap token or a key, wherever it was written, is not shown.</summary>
    public static string Value(string value) =>
        LooksSecret(value) ? Concealed(value) : $"\"{Printable(value, 60)}\"";

    /// <summary>Whether a text has the shape of a bootstrap token, a key or an address with credentials.</summary>
    public static bool LooksSecret(string text) => SecretShape().IsMatch(text);

    /// <summary>How a secret is spoken of: by its length.</summary>
    public static string Concealed(string value) => $"the value ({value.Length} characters)";

    /// <summary>The text with control characters replaced, cut at a number of characters.</summary>
    public static string Printable(string text, int most)
    {
        var printable = new StringBuilder();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, most)))
        {
            printable.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }

        return text.Length > most ? printable.Append('…').ToString() : printable.ToString();
    }

    /// <summary>
    /// A parser's own message without the pieces of input it quotes: between quotes only signs of one or two characters stay,
    /// because a longer piece may be part of a secret.
    /// </summary>
    public static string WithoutInput(string message)
    {
        string[] parts = message.Split('\'');
        for (int i = 1; i < parts.Length; i += 2)
        {
            parts[i] = parts[i].Length <= 2 && i + 1 < parts.Length ? $"'{Printable(parts[i], 2)}'" : "the text here";
        }

        return string.Concat(parts);
    }

    // Bootstrap tokens (kubeadm: [a-z0-9]{6}.[a-z0-9]{16}), certificate keys and other long hex, and private keys.
    [GeneratedRegex(@"[a-z0-9]{6}\.[a-z0-9]{16}|[0-9a-fA-F]{32}|PRIVATE KEY|://[^/@\s]*@")]
    private static partial Regex SecretShape();
}
