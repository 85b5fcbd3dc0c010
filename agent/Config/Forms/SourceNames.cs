namespace Slipway.Config;

/// <summary>The names that sources go by, in settings and after <c>--config-source</c>.</summary>
internal static class SourceNames
{
    /// <summary>The names that stand for themselves.</summary>
    public static IReadOnlyList<string> Plain { get; } =
        ["guestinfo:", "ovf:", "cloud-init:", "nocloud:", "configdrive:", "imds:", "fwcfg:", "cmdline:"];

    /// <summary>
    /// The form of a name in settings, where the colon at the end may be left out: unquoted, YAML takes it for a mapping's.
    /// Standard input is none: a service has nothing to read there.
    /// </summary>
    public static TextFormat Format { get; } = new(
        $"one of {string.Join(", ", Plain.Select(name => name[..^1]))}, fwcfg:opt/NAME, credential:NAME, ssm-parameter:NAME, file:///PATH, https://…#sha256=HEX", IsOne, false);

    /// <summary>The name as <c>--config-source</c> takes it.</summary>
    public static string Full(string text) => Plain.Contains(text + ":") ? text + ":" : text;

    private static bool IsOne(string text) =>
        Plain.Contains(Full(text))
        || (Rest(text, "fwcfg:opt/") is { } item && TextFormat.AbsolutePath.Accepts($"/{item}"))
        || (Rest(text, "credential:") is { } credential && TextFormat.Credential.Accepts(credential))
        || (Rest(text, "ssm-parameter:") is { } parameter && TextFormat.Line.Accepts(parameter))
        || (Rest(text, "file://") is { } path && TextFormat.AbsolutePath.Accepts(path))
        || PinnedUrl.TryParse(text) is { Address.Scheme: "https" };

    private static string? Rest(string text, string prefix) =>
        text.Length > prefix.Length && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;
}
