using Serilog;
using Serilog.Core;
using Serilog.Events;
using Slipway.Hosting;

namespace Slipway.Tests.Support;

/// <summary>A node below a fresh directory, with all that it logged.</summary>
internal sealed class Node : IDisposable, ILogEventSink
{
    private readonly List<LogEvent> events = [];

    private readonly bool isOurs;

    /// <summary>Makes it.</summary>
    /// <param name="clock">Its time; null for the machine's.</param>
    /// <param name="vsock">Its way to a hypervisor.</param>
    /// <param name="root">A directory that somebody else made and removes; null for a fresh one.</param>
    public Node(TimeProvider? clock = null, Vsock? vsock = null, string? root = null)
    {
        isOurs = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("slipway-test-").FullName;
        // Never disposed: the logger would dispose its sink, which is us.
        var log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(this).CreateLogger();
        var open = Slipway.Hosting.Host.Open(Root, log);
        Host = clock is null && vsock is null ? open : new Host
        {
            Files = open.Files,
            Processes = open.Processes,
            Services = open.Services,
            Http = open.Http,
            Clock = clock ?? open.Clock,
            Log = log,
            Vsock = vsock,
        };
    }

    /// <summary>The directory that is the node's <c>/</c>.</summary>
    public string Root { get; }

    public Host Host { get; }

    public FileTree Files => Host.Files;

    /// <summary>Where a path of the node lies on this machine.</summary>
    public string this[string path] => Path.Join(Root, path);

    /// <summary>The lines that it logged.</summary>
    public IReadOnlyList<string> Lines => Logged(LogEventLevel.Verbose);

    /// <summary>Those of them that warn, or worse.</summary>
    public IReadOnlyList<string> Warnings => Logged(LogEventLevel.Warning);

    /// <summary>Puts a file there, as its user would.</summary>
    public void Put(string path, string content, UnixFileMode mode = Modes.Mode644)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], content);
        File.SetUnixFileMode(this[path], mode);
    }

    private List<string> Logged(LogEventLevel least)
    {
        lock (events)
        {
            return [.. events.Where(e => e.Level >= least).Select(e => e.RenderMessage(System.Globalization.CultureInfo.InvariantCulture))];
        }
    }

    public void Emit(LogEvent logEvent)
    {
        lock (events)
        {
            events.Add(logEvent);
        }
    }

    public void Dispose()
    {
        Host.Http.Dispose();
        if (isOurs)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
