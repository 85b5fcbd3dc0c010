using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Config;

/// <summary>Certificates in PEM (RFC 7468), one after the other; whatever stands around them is a comment.</summary>
internal static class PemBundle
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";
    private const string End = "-----END CERTIFICATE-----";

    /// <summary>The certificates of a text; null where it has none, or one of them is damaged.</summary>
    public static X509Certificate2Collection? TryRead(string text)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(text);
            // One that is cut short is passed over by the reader without a word.
            var begun = 0;
            for (var at = 0; (at = text.IndexOf(Begin, at, StringComparison.Ordinal)) >= 0; at++)
            {
                begun++;
            }
            return found.Count > 0 && found.Count == begun ? found : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Each certificate as a PEM text of its own, ended by a line break: nothing else of the text, such as a key that slipped in.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var parts = new List<string>();
        foreach (var certificate in TryRead(text) ?? [])
        {
            parts.Add(certificate.ExportCertificatePem() + "\n");
        }
        return parts;
    }

    /// <summary>The certificates' base64 without line breaks: what two bundles have in common, however each is laid out.</summary>
    public static IReadOnlySet<string> Bodies(string text)
    {
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; (at = text.IndexOf(Begin, at, StringComparison.Ordinal)) >= 0;)
        {
            at += Begin.Length;
            var end = text.IndexOf(End, at, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }
            bodies.Add(string.Concat(text[at..end].Split((char[])['\n', '\r', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)));
            at = end;
        }
        return bodies;
    }
}
