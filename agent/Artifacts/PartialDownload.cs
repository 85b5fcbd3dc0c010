using System.Text;
using Slipway.Hosting;

namespace Slipway.Artifacts;

/// <summary>A download as far as it came, and from where it came: <c>DIGEST.part</c> and <c>DIGEST.from</c>. A later run goes on with it.</summary>
internal sealed class PartialDownload : IDisposable
{
    private readonly FileTree files;
    private readonly string note;
    private readonly string path;
    private readonly bool isOwn;

    private PartialDownload(FileTree files, GrowingFile file, string note, bool isOwn)
    {
        (this.files, Bytes, path, this.note, this.isOwn) = (files, file, file.Path, note, isOwn);
        if (!isOwn && files.ReadText(note)?.Split('\n') is [var from, var validator, var total, ""])
        {
            (From, Validator, Total) = (from, validator, long.TryParse(total, out var bytes) ? bytes : null);
        }
    }

    /// <summary>Its bytes.</summary>
    public GrowingFile Bytes { get; }

    /// <summary>Where its first byte came from, as messages show it; empty when that is not known.</summary>
    public string From { get; private set; } = "";

    /// <summary>The <c>ETag</c> or <c>Last-Modified</c> that came with it; empty for none.</summary>
    public string Validator { get; private set; } = "";

    /// <summary>The length of the whole; null when it is not known.</summary>
    public long? Total { get; private set; }

    /// <summary>Opens what is there, or begins anew. Where somebody else is at the same file, one of our own that ends with us.</summary>
    /// <param name="files">The tree that the cache lies in.</param>
    /// <param name="whole">Where the file lies once it is whole.</param>
    /// <param name="lasts">Whether it will be flushed in the end.</param>
    /// <param name="takesWhole">Whether a whole one that is there is used up as if it were partial.</param>
    public static PartialDownload Open(FileTree files, string whole, bool lasts, bool takesWhole)
    {
        var part = whole + ".part";
        if (takesWhole && files.Status(whole) is { Kind: FileKind.File })
        {
            files.Delete(part);
            files.Rename(whole, part);
        }
        return files.Grow(part, lasts) is { } file
            ? new PartialDownload(files, file, whole + ".from", isOwn: false)
            : new PartialDownload(files, files.Grow($"{whole}.{Guid.NewGuid():n}.part", lasts)!, "", isOwn: true);
    }

    /// <summary>Removes files of their own that killed runs left in a shared folder: those nobody has open, and has written to for a day.</summary>
    public static void Sweep(FileTree files, string folder, DateTime now)
    {
        foreach (var name in files.List(folder))
        {
            if (name.Split('.') is [var sha256, { Length: 32 }, "part"] && Digests.IsSha256(sha256)
                && files.Status($"{folder}/{name}") is { Kind: FileKind.File } status && status.Modified < now - TimeSpan.FromDays(1)
                && files.Grow($"{folder}/{name}", lasts: false) is { } left)
            {
                using (left)
                {
                    left.Delete();
                }
            }
        }
    }

    /// <summary>Notes where the first byte comes from, for a later run. What a power cut leaves of it does not matter: the digest decides.</summary>
    public void Note(string from, string validator, long? total)
    {
        (From, Validator, Total) = (from, validator, total);
        if (!isOwn)
        {
            using var file = files.Grow(note, lasts: false);
            file?.Clear();
            file?.Write(Encoding.UTF8.GetBytes($"{from}\n{validator}\n{total}\n"), 0);
        }
    }

    /// <summary>Throws the bytes away.</summary>
    public void Clear()
    {
        (From, Validator, Total) = ("", "", null);
        Bytes.Clear();
    }

    /// <summary>Ends the download: what was moved away is whole; of what was not, a later run may want the bytes.</summary>
    /// <param name="isWorthKeeping">Whether it may.</param>
    public void End(bool isWorthKeeping)
    {
        if (Bytes.Path == path && (isOwn || !isWorthKeeping || Bytes.Length == 0))
        {
            Bytes.Delete();
        }
        if (!isOwn && !(isWorthKeeping && Bytes.Path == path))
        {
            files.Delete(note);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}
