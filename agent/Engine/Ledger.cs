using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Hosting;

namespace Slipway.Engine;

/// <summary>What happened to one resource, or to the node as a whole: one line of <c>ledger.jsonl</c>.</summary>
internal sealed record LedgerEntry
{
    /// <summary>Version of this format.</summary>
    public int V { get; init; } = 1;

    /// <summary>UTC, ISO 8601.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The boot in which it happened.</summary>
    public required string Boot { get; init; }

    /// <summary>What happened. Always written: the first kind is what the serializer would take for absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required LedgerEvent Event { get; init; }

    /// <summary>The step; empty for events of the node as a whole.</summary>
    public string Step { get; init; } = "";

    /// <summary>The resource's id; empty for events of the node as a whole.</summary>
    public string Resource { get; init; } = "";

    /// <summary>What is done, in words.</summary>
    public string What { get; init; } = "";

    /// <summary>What stood there before; empty for nothing.</summary>
    public string Before { get; init; } = "";

    /// <summary>What stands there now, on a <see cref="LedgerEvent.Done"/>, or will, on an <see cref="LedgerEvent.Intent"/>; empty where there is
    /// nothing to compare later.</summary>
    /// <remarks>Set, not init: the serializer gives init properties that a line of an earlier version does not have null.</remarks>
    public string After { get; set; } = "";

    /// <summary>On a <see cref="LedgerEvent.Preparing"/>: the folders that did not exist before, and that go again with what lies in them.</summary>
    public IReadOnlyList<string>? Folders { get; init; }
}

/// <summary>The kinds of ledger entry.</summary>
internal enum LedgerEvent
{
    /// <summary>About to change a resource.</summary>
    Intent,

    /// <summary>Changed it, and inspected it again.</summary>
    Done,

    /// <summary>The node has joined; <see cref="LedgerEntry.What"/> holds the machine's product UUID.</summary>
    Joined,

    /// <summary>The join was verified: kubelet healthy, own Node readable.</summary>
    Verified,

    /// <summary>About to prepare changes, in folders that are made for them.</summary>
    Preparing,

    /// <summary>About to remove whatever is ours: what was before counts for the removal alone.</summary>
    Uninstalling,

    /// <summary>Took a resource away; <see cref="LedgerEntry.What"/> says what of it was left, and why.</summary>
    Removed,
}

/// <summary>The append-only record of what was done to this node. Each intent is on the disk before the change it announces.</summary>
internal sealed class Ledger : IDisposable
{
    /// <summary>Where it lies.</summary>
    public const string FilePath = "/var/lib/slipway/ledger.jsonl";

    private readonly FileStream stream;
    private readonly TimeProvider clock;
    private readonly string boot;

    private Ledger(FileStream stream, TimeProvider clock, string boot) => (this.stream, this.clock, this.boot) = (stream, clock, boot);

    /// <summary>Reads the entries without opening the ledger for writing; a last line that a power cut tore is left out.</summary>
    public static IReadOnlyList<LedgerEntry> Read(FileTree files) => Parse(files.ReadText(FilePath) ?? "");

    /// <summary>Opens it for appending, cutting off a torn last line.</summary>
    public static Ledger Open(Host host, string boot)
    {
        host.Files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
        return Guard.Io(() =>
        {
            var stream = host.Files.OpenInPlace(FilePath, Modes.Mode600);
            if (EndOfLastLine(stream) is var end && end < stream.Length)
            {
                stream.SetLength(end);
            }
            stream.Seek(0, SeekOrigin.End);
            return new Ledger(stream, host.Clock, boot);
        });
    }

    /// <summary>Appends an entry. An intent or an event of the whole node is on the disk on return; a "done" may follow with the next.</summary>
    public void Append(
        LedgerEvent what, string step = "", string resource = "", string description = "", string before = "", string after = "",
        IReadOnlyList<string>? folders = null) => Guard.Io(() =>
    {
        var entry = new LedgerEntry
        {
            Time = clock.GetUtcNow(),
            Boot = boot,
            Event = what,
            Step = step,
            Resource = resource,
            What = description,
            Before = before,
            After = after,
            Folders = folders,
        };
        var start = stream.Position;
        try
        {
            stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry), (byte)'\n']);
        }
        catch (IOException)
        {
            // What a full disk took of it would spoil the next line.
            stream.SetLength(start);
            throw;
        }
        // A lost "done" costs one more inspection, a lost intent would cost the trace of a change.
        if (what != LedgerEvent.Done)
        {
            stream.Flush(flushToDisk: true);
        }
    });

    /// <summary>Brings what was appended to the disk: a "done" that says what no intent could.</summary>
    public void Flush() => Guard.Io(() => stream.Flush(flushToDisk: true));

    /// <inheritdoc/>
    public void Dispose() => Guard.Io(() =>
    {
        using (stream)
        {
            stream.Flush(flushToDisk: true);
        }
    });

    private static List<LedgerEntry> Parse(string text)
    {
        var entries = new List<LedgerEntry>();
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, LedgerJson.Default.LedgerEntry) is { } entry)
                {
                    entries.Add(entry);
                }
            }
            catch (JsonException)
            {
                // A line of zeros is what some file systems leave after a power cut; the entries around it still count.
            }
        }
        return entries;
    }

    private static long EndOfLastLine(FileStream stream)
    {
        var buffer = new byte[64 * 1024];
        for (var end = stream.Length; end > 0;)
        {
            var start = Math.Max(0, end - buffer.Length);
            stream.Seek(start, SeekOrigin.Begin);
            stream.ReadExactly(buffer, 0, (int)(end - start));
            var newline = buffer.AsSpan(0, (int)(end - start)).LastIndexOf((byte)'\n');
            if (newline >= 0)
            {
                return start + newline + 1;
            }
            end = start;
        }
        return 0;
    }
}

/// <summary>The ledger's JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJson : JsonSerializerContext;
