namespace Slipway.Tests.Support;

/// <summary>Programs of our own in front of the machine's, for as long as this lives. One at a time: PATH is the whole process's.</summary>
internal sealed class Tools : IDisposable
{
    private static readonly SemaphoreSlim One = new(1, 1);
    private readonly string path;

    public Tools()
    {
        One.Wait();
        Folder = Directory.CreateTempSubdirectory("slipway-tools-").FullName;
        path = Environment.GetEnvironmentVariable("PATH")!;
        Environment.SetEnvironmentVariable("PATH", $"{Folder}:{path}");
    }

    /// <summary>Where they lie.</summary>
    public string Folder { get; }

    /// <summary>Puts a shell script there.</summary>
    public void Put(string name, string script)
    {
        File.WriteAllText(Path.Join(Folder, name), $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Path.Join(Folder, name), Slipway.Hosting.Modes.Mode755);
    }

    /// <summary>A file that they left.</summary>
    public string Read(string name) => File.ReadAllText(Path.Join(Folder, name));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", path);
        Directory.Delete(Folder, recursive: true);
        One.Release();
    }
}
