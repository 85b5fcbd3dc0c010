using System.Text;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>The kernel command line, as the kernel itself takes it apart.</summary>
/// <remarks>https://docs.kernel.org/admin-guide/kernel-parameters.html: words by spaces, double quotes keep spaces, the last of a name counts.</remarks>
internal static class KernelLine
{
    // No architecture's kernel takes more.
    private const int Most = 64 * 1024;

    /// <summary>Its words, without their quotes.</summary>
    public static IReadOnlyList<string> Words(FileTree files)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quoted = false;
        var line = files.ReadText("/proc/cmdline") ?? "";
        foreach (var c in line[..Math.Min(line.Length, Most)] + " ")
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '\0' || (!quoted && char.IsWhiteSpace(c)))
            {
                if (word.Length > 0)
                {
                    words.Add(word.ToString());
                }
                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }
        return words;
    }

    /// <summary>The value of a parameter; null where it is not given.</summary>
    public static string? Value(FileTree files, string name) =>
        Words(files).LastOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
