using System.CommandLine;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway install</c>: containerd, runc, CNI plugins, crictl, kubelet, kubeadm, kubectl in place, at image time.</summary>
internal static class InstallCommand
{
    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb() => CommandLine.Verb("install", "Put containerd and the Kubernetes binaries in place, at image time.", RunAsync);

    private static Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken ct) => Task.FromResult(ExitCode.Failed);
}
