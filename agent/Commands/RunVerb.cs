using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>Wires <see cref="RunCommand"/> to systemd and to the status file.</summary>
internal static class RunVerb
{
    /// <summary>Runs it.</summary>
    public static async Task<ExitCode> ExecuteAsync(Session session, RunOptions options, CancellationToken ct)
    {
        var host = session.Host;
        await using var hypervisor = GuestInfoStatus.For(host, session.Facts);
        var report = new Report(host.Log, host.Clock, Datagrams.ToServiceManager(), Write,
            new NodeStatus { Version = Build.Version, BootId = session.Facts.BootId }, hypervisor);
        return await new RunCommand(session, report, options).RunAsync(ct);

        void Write(byte[] json)
        {
            host.Files.CreateDirectory("/run/slipway", Modes.Mode755);
            host.Files.Write(NodeStatus.FilePath, json, Modes.Mode644);
        }
    }
}
