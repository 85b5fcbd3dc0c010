using System.Globalization;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Engine;

/// <summary>Keeps two instances from working on one node. The kernel drops it when the holder dies, however it dies.</summary>
internal sealed class NodeLock : IDisposable
{
    private const string FilePath = "/run/slipway/lock";
    private readonly FileStream stream;

    private NodeLock(FileStream stream) => this.stream = stream;

    /// <summary>Takes the lock or says who has it.</summary>
    /// <param name="files">The node; each root has a lock of its own.</param>
    /// <param name="bootId">This boot, written beside our pid.</param>
    /// <param name="command">What we are about to do, for whoever finds the lock taken.</param>
    /// <exception cref="FailureException"><c>lock.held</c>, naming the holder.</exception>
    public static NodeLock Take(FileTree files, string bootId, string command)
    {
        files.CreateDirectory("/run/slipway", Modes.Mode755);
        var stream = files.OpenInPlace(FilePath, Modes.Mode644);
        if (!Libc.TryLock(stream.SafeFileHandle))
        {
            using var reader = new StreamReader(stream);
            var holder = reader.ReadToEnd().Trim().ReplaceLineEndings(", ");
            throw new FailureException(new Failure("lock.held", $"another instance is at work ({holder})"));
        }
        ForeignPrograms.ClearLeft(files);
        return Guard.Io(() =>
        {
            stream.SetLength(0);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"pid {Processes.OwnId}\nboot {bootId}\ncommand {command}\n")));
            return new NodeLock(stream);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.SetLength(0);
        stream.Dispose();
    }
}
