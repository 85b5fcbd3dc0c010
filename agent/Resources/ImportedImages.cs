using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The images of an archive, imported before the join, once: what was imported is recorded by its SHA-256.</summary>
/// <param name="Path">Where the archive lies on the node. It may go once it is imported.</param>
/// <param name="Pinned">Full name of the image that the kubelet must never collect, if it is in it: the pause image.</param>
/// <param name="Deadline">For the import.</param>
internal sealed record ImportedImages(string Path, string Pinned, TimeSpan Deadline) : Resource($"image-archive:{Path}")
{
    private string RecordPath =>
        $"/var/lib/slipway/images/{System.IO.Path.GetFileName(Path)}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)).AsSpan(0, 4))}.json";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(RecordPath)!];

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var (store, record, isThere) = (new ImageStore(host), Read(host), host.Files.Exists(Path));
        if (store.IsTheKubelets)
        {
            return new Finding.NotApplicable("the kubelet looks after the images of a node that has joined");
        }
        if (!isThere && record is null)
        {
            return Missing();
        }
        if (isThere && (record is null || (!record.IsOf(host.Files.Status(Path)!, scrutiny) && host.Files.Sha256(Path) != record.Sha256)))
        {
            try
            {
                await ImageArchive.ReadAsync(host.Files, Path, ct);
            }
            catch (FailureException e)
            {
                return new Finding.Refused(e.Failure);
            }
            return store.IsNowhere ? new Finding.NotApplicable("no containerd runs below this root") : new Finding.Differs($"import the images of {Path}");
        }
        var gone = await store.NamesAsync(ct) is { } names ? record!.References.Where(reference => !names.Contains(reference)).ToList() : [];
        return gone.Count == 0 ? new Finding.AsWanted() : isThere ? new Finding.Differs($"import the images of {Path}: {string.Join(", ", gone)} missing") : Missing();
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var (store, started) = (new ImageStore(host), host.Clock.GetTimestamp());
        var archive = await ImageArchive.ReadAsync(host.Files, Path, ct);
        var (sha256, status) = (host.Files.Sha256(Path)!, host.Files.Status(Path)!);
        await store.ImportAsync(Path, Deadline, ct);
        var names = await store.NamesAsync(ct) ?? [];
        var there = archive.References.Where(names.Contains).ToList();
        if (there.Contains(Pinned))
        {
            await store.PinAsync(Pinned, ct);
        }
        foreach (var left in archive.References.Where(reference => !there.Contains(reference)))
        {
            host.Log.Attention($"{Path}: {left} was not imported; perhaps it is for another platform");
        }
        host.Files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
        host.Files.Write(RecordPath, new ImportRecord(sha256, status.Size, status.Modified.Ticks, there).ToJson(), Modes.Mode600);
        host.Log.Information("{Text:l}", $"imported {(there.Count > 0 ? string.Join(", ", there) : Path)} in {Events.Seconds(host.Clock.GetElapsedTime(started))}");
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        var (store, references) = (new ImageStore(host), Read(host)?.References ?? []);
        var left = new List<string>();
        foreach (var reference in store.IsTheKubelets ? [] : references)
        {
            if (await store.RemoveAsync(reference, ct) is { Length: > 0 } why)
            {
                left.Add($"{reference}: {why}");
            }
        }
        host.Files.Delete(RecordPath);
        return store.IsTheKubelets ? "the kubelet looks after its images" : string.Join("; ", left);
    }

    private Finding.Refused Missing() => new(new Failure("image.archive-missing", $"spec.images.archives: {Path} does not exist"));

    private ImportRecord? Read(Host host)
    {
        try
        {
            return host.Files.ReadBytes(RecordPath) is { } json ? ImportRecord.Parse(json) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // An unreadable record says nothing: the archive is imported anew.
            return null;
        }
    }
}

/// <summary>What was imported from an archive: <c>/var/lib/slipway/images/NAME-HASH.json</c>.</summary>
/// <param name="Sha256">Of the archive, lower-case hex.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="ModifiedTicks">Time of its last change, in .NET ticks (100 ns), UTC.</param>
/// <param name="References">The full names that the store had afterwards.</param>
internal sealed record ImportRecord(string Sha256, long Size, long ModifiedTicks, IReadOnlyList<string> References)
{
    /// <summary>Whether a file is probably the one that was imported.</summary>
    public bool IsOf(FileStatus status, Scrutiny scrutiny) =>
        scrutiny == Scrutiny.Quick && status.Kind == FileKind.File && status.Size == Size && status.Modified.Ticks == ModifiedTicks;

    /// <summary>The record as it is written.</summary>
    public byte[] ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            json.WriteString("sha256", Sha256);
            json.WriteNumber("size", Size);
            json.WriteNumber("modifiedTicks", ModifiedTicks);
            json.WriteStartArray("references");
            foreach (var reference in References)
            {
                json.WriteStringValue(reference);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary>Reads it again.</summary>
    public static ImportRecord Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var references = new List<string>();
        foreach (var reference in root.GetProperty("references").EnumerateArray())
        {
            references.Add(reference.GetString()!);
        }
        return new ImportRecord(root.GetProperty("sha256").GetString()!, root.GetProperty("size").GetInt64(), root.GetProperty("modifiedTicks").GetInt64(), references);
    }
}
