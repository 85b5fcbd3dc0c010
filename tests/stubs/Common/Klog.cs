using System.Globalization;

namespace Slipway.Stubs.Common;

/// <summary>Prints log lines in klog's shape, which is what operators and parsers of kubelet journals expect.</summary>
/// <remarks><c>E1120 13:00:00.000000    1234 run.go:72] "command failed" err="…"</c></remarks>
internal static class Klog
{
    /// <summary>How much to say; the <c>-v</c> flag.</summary>
    public static int Verbosity { get; set; }

    /// <summary>An informational line.</summary>
    public static void Info(string source, string text) => Line('I', source, text);

    /// <summary>An informational line that only <c>-v N</c> shows.</summary>
    public static void V(int level, string source, string text)
    {
        if (Verbosity >= level)
        {
            Line('I', source, text);
        }
    }

    /// <summary>A warning.</summary>
    public static void Warning(string source, string text) => Line('W', source, text);

    /// <summary>An error.</summary>
    public static void Error(string source, string text) => Line('E', source, text);

    private static void Line(char severity, string source, string text) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{severity}{DateTime.UtcNow:MMdd HH:mm:ss.ffffff} {Environment.ProcessId,7} {source}] {text}"));
}
