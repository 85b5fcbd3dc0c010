using System.Security.Cryptography;
using System.Text;

namespace Slipway.Lab;

/// <summary>Where the lab keeps what is slow to make, keyed by everything it is made from.</summary>
public static class LabCache
{
    /// <summary><c>$SLIPWAY_LAB_CACHE</c>, else <c>/var/cache/slipway-lab</c>.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("SLIPWAY_LAB_CACHE") is { Length: > 0 } folder ? folder : "/var/cache/slipway-lab";

    /// <summary>Parts of paths that nothing is made from: build output and prose.</summary>
    private static readonly string[] Irrelevant = ["/obj/", "/bin/Debug/", "/bin/Release/", "README.md"];

    /// <summary>The repository that this program was built from.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Gives the folder of a key, making it first where it is missing. Other processes that want the same one wait.</summary>
    /// <param name="kind">What it is: stubs, tree, disk, mirror.</param>
    /// <param name="key">Hash of what it is made from (<see cref="Hash"/>).</param>
    /// <param name="make">Fills an empty folder; what it leaves becomes the entry only when it returns.</param>
    public static async Task<string> GetAsync(string kind, string key, Func<string, Task> make)
    {
        string entry = Path.Combine(Folder, kind, key);
        if (Directory.Exists(entry))
        {
            return entry;
        }
        Directory.CreateDirectory(Path.Combine(Folder, kind));
        await using FileStream held = await LockAsync(Path.Combine(Folder, kind, key + ".lock")).ConfigureAwait(false);
        if (Directory.Exists(entry))
        {
            return entry;
        }
        string temporary = entry + ".new";
        if (Directory.Exists(temporary))
        {
            await Tool.RunAsync("rm", "-rf", "--one-file-system", temporary).ConfigureAwait(false);
        }
        Directory.CreateDirectory(temporary);
        await make(temporary).ConfigureAwait(false);
        Directory.Move(temporary, entry);
        return entry;
    }

    /// <summary>A short hash over texts and the content of files and folders.</summary>
    public static string Hash(IEnumerable<string> texts, params IEnumerable<string> paths)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        }
        IEnumerable<string> files = paths.SelectMany(p => Directory.Exists(p) ? [.. Directory.GetFiles(p, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : new[] { p });
        foreach (string file in files.Where(f => !Irrelevant.Any(part => f.Contains(part, StringComparison.Ordinal))))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\0"));
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(200).ConfigureAwait(false);
            }
        }
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Agent.sln")))
            {
                return at.FullName;
            }
        }
        throw new InvalidOperationException($"no Agent.sln above {AppContext.BaseDirectory}: the lab runs from its repository only");
    }
}
