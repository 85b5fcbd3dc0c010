using System.Globalization;
using Serilog;
using Serilog.Events;

namespace Slipway.Reporting;

/// <summary>The sentences of the journal, one method for each kind of event, with the fields that scripts filter on.</summary>
internal static class Events
{
    /// <summary>Journal field: the step at work.</summary>
    public const string Step = "SLIPWAY_STEP";

    /// <summary>Journal field: an error code.</summary>
    public const string Code = "SLIPWAY_CODE";

    /// <summary>Journal field: the configuration source.</summary>
    public const string Source = "SLIPWAY_SOURCE";

    /// <summary>Journal field: the number of an attempt, from 1.</summary>
    public const string Attempt = "SLIPWAY_ATTEMPT";

    /// <summary>Journal field: how long something took, in microseconds.</summary>
    public const string Duration = "SLIPWAY_DURATION_USEC";

    /// <summary>Journal field: SHA-256 of the accepted configuration.</summary>
    public const string ConfigSha256 = "SLIPWAY_CONFIG_SHA256";

    /// <summary>Journal field: how many bytes were downloaded.</summary>
    public const string Bytes = "SLIPWAY_BYTES";

    /// <summary>Journal field: where they came from.</summary>
    public const string From = "SLIPWAY_FROM";

    private const double Mebi = 1 << 20;

    /// <summary>The agent began.</summary>
    public static void Started(this ILogger log, string version, string command) =>
        log.Say(EventKind.Started, $"slipway {version}: {command}");

    /// <summary>Which source gave the configuration, and why the others did not.</summary>
    public static void SourceChosen(this ILogger log, string source, IEnumerable<string> others)
    {
        log.ForContext(Source, source).Say(EventKind.SourceChosen, $"configuration from {source}");
        foreach (var other in others)
        {
            log.Information("{Why:l}", "not used: " + other);
        }
    }

    /// <summary>The configuration is accepted.</summary>
    public static void Accepted(this ILogger log, string sha256, string summary) =>
        log.ForContext(ConfigSha256, sha256).Say(EventKind.Accepted, $"configuration accepted, sha256 {sha256}: {summary}");

    /// <summary>A step began.</summary>
    public static void StepBegun(this ILogger log, string step, string numbered) =>
        log.ForContext(Step, step).Say(EventKind.StepBegun, numbered);

    /// <summary>A step ended well.</summary>
    public static void StepDone(this ILogger log, string step, string numbered, TimeSpan took, int changes) =>
        log.ForContext(Step, step).ForContext(Duration, (long)took.TotalMicroseconds).Say(EventKind.StepDone,
            changes == 0 ? $"{numbered}: nothing to do" : $"{numbered}: done in {Seconds(took)}, {changes} changed");

    /// <summary>Something was changed on the node.</summary>
    public static void ChangeMade(this ILogger log, string what) => log.Say(EventKind.Changed, what);

    /// <summary>Something failed that may pass.</summary>
    public static void RetryScheduled(this ILogger log, string what, int attempt, Failure cause, TimeSpan pause) =>
        log.ForContext(Attempt, attempt).ForContext(Code, cause.Code)
            .Say(EventKind.Retrying, $"{what}: attempt {attempt} failed ({cause}); next in {Seconds(pause)}", LogEventLevel.Warning);

    /// <summary>A file was downloaded, or taken from a cache, and verified.</summary>
    public static void Fetched(this ILogger log, string what, long bytes, TimeSpan took, string from) =>
        log.ForContext(Bytes, bytes).ForContext(Duration, (long)took.TotalMicroseconds).ForContext(From, from).Say(EventKind.Fetched, string.Create(CultureInfo.InvariantCulture,
            $"{what}: {bytes / Mebi:0.0} MiB in {Seconds(took)} ({bytes / Mebi / Math.Max(took.TotalSeconds, 0.001):0.0} MiB/s) from {from}"));

    /// <summary>A download that was cut off goes on where it ended.</summary>
    public static void Resumed(this ILogger log, string what, long bytes, string from) =>
        log.ForContext(Bytes, bytes).ForContext(From, from).Information("{Text:l}", string.Create(CultureInfo.InvariantCulture,
            $"{what}: going on after {bytes / Mebi:0.0} MiB, from {from}"));

    /// <summary>The node is a member of its cluster.</summary>
    public static void Joined(this ILogger log, string node, string endpoint) =>
        log.Say(EventKind.Joined, $"node {node} has joined the cluster at {endpoint}");

    /// <summary>The join was seen to work.</summary>
    public static void Verified(this ILogger log, string node) =>
        log.Say(EventKind.Verified, $"node {node} verified: kubelet healthy, Node object readable");

    /// <summary>The node differs from its configuration, or is not healthy, and is left alone.</summary>
    public static void Drifted(this ILogger log, string what) => log.Say(EventKind.Drift, what, LogEventLevel.Warning);

    /// <summary>Something deserves attention.</summary>
    public static void Attention(this ILogger log, string what) => log.Say(EventKind.Warning, what, LogEventLevel.Warning);

    /// <summary>One of several mistakes; the run's outcome follows.</summary>
    public static void Mistake(this ILogger log, string code, string what) =>
        log.ForContext(Code, code).Say(EventKind.Warning, what, LogEventLevel.Error);

    /// <summary>The run ended well.</summary>
    public static void Succeeded(this ILogger log, string outcome, TimeSpan took) =>
        log.ForContext(Duration, (long)took.TotalMicroseconds).Say(EventKind.Succeeded, $"{outcome} ({Seconds(took)})");

    /// <summary>The run failed: one line with outcome, code and fix.</summary>
    public static void Failed(this ILogger log, Failure failure) =>
        log.ForContext(Code, failure.Code).Say(EventKind.Failed,
            failure.Remedy.Length > 0 ? $"failed: {failure.ToString().TrimEnd('.')}. Fix: {failure.Remedy}" : $"failed: {failure}", LogEventLevel.Error);

    /// <summary>A duration for people.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private static void Say(this ILogger log, EventKind kind, string text, LogEventLevel level = LogEventLevel.Information) =>
        // {:l} writes the text as it is: it is finished, and braces in it are not a template.
        log.ForContext("MESSAGE_ID", kind.MessageId).Write(level, "{Text:l}", text);
}
