using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Config;

/// <summary>Puts what an operator wrote into a message: printable, short, and without what looks like a secret.</summary>
internal static partial class Quoting
{
    /// <summary>A value in double quotes; what has the shape of a bootstrap token or a key, wherever it was written, is not shown.</summary>
    public static string Value(string value) =>
        LooksSecret(value) ? Concealed(value) : $"\"{Printable(value, 60)}\"";

    /// <summary>A value for <see cref="Problem.Value"/>: printable and short; null for what looks like a secret.</summary>
    public static string? Shown(string? value) => value is null || LooksSecret(value) ? null : Printable(Url.Redact(value), 60);

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
    /// A parser's own message without the pieces of input it quotes: between the quotes only a sign of one or two characters stays,
    /// because a longer piece may be part of a secret, and may hold quotes itself. What the parser expected stands last, and stays.
    /// </summary>
    public static string WithoutInput(string message)
    {
        int own = message.LastIndexOf(". Expected ", StringComparison.Ordinal);
        string said = own < 0 ? message : message[..own];
        int first = said.IndexOf('\'');
        int last = said.LastIndexOf('\'');
        if (first >= 0)
        {
            string piece = said[(first + 1)..Math.Max(first + 1, last)];
            bool signs = last > first && piece.Replace("' or '", "", StringComparison.Ordinal).Length <= 2;
            said = said[..first] + (signs ? $"'{piece}'" : "the text here") + (last > first ? said[(last + 1)..] : "");
        }

        return Printable(own < 0 ? said : said + message[own..], 400);
    }

    // Bootstrap tokens (kubeadm: [a-z0-9]{6}.[a-z0-9]{16}), certificate keys and other long hex, and private keys.
    [GeneratedRegex(@"[a-z0-9]{6}\.[a-z0-9]{16}|[0-9a-fA-F]{32}|PRIVATE KEY|://[^/@\s]*@")]
    private static partial Regex SecretShape();
}
