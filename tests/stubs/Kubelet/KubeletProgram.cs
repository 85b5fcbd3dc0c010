using System.Runtime.InteropServices;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>The kubelet's life: flags, configuration, certificate, registration, heartbeats; it runs no pods.</summary>
internal static class KubeletProgram
{
    /// <summary>Runs until SIGTERM; ends with 1 wherever the real one would crash.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["--version" or "--version=true"]:
                Console.WriteLine($"Kubernetes {StandIn.Version}");
                return 0;
            case ["-h" or "--help"]:
                Console.WriteLine(
                    $"{StandIn.Banner}\nUsage:\n  kubelet [flags]\nFlags: --{string.Join(" --", KubeletFlagTable.For(StandIn.Version).Order(StringComparer.Ordinal))}");
                return 0;
        }
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await ServeAsync(Settings(args), stop.Token).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is FatalException or IOException)
        {
            Klog.Error("run.go:72", $"\"command failed\" err=\"{e.Message.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
            return 1;
        }
    }

    private static KubeletSettings Settings(string[] args)
    {
        Flags flags;
        try
        {
            flags = Flags.Parse(args, KubeletFlagTable.For(StandIn.Version), KubeletFlagTable.Switches, new Dictionary<char, string> { ['v'] = "v" });
        }
        catch (FatalException e)
        {
            throw new FatalException($"failed to parse kubelet flag: {e.Message}");
        }
        if (flags.Arguments.Count > 0)
        {
            throw new FatalException($"unknown command {flags.Arguments[0]}");
        }
        Klog.Verbosity = int.TryParse(flags.Get("v"), out int v) ? v : 0;
        return KubeletSettings.Load(flags);
    }

    private static async Task ServeAsync(KubeletSettings settings, CancellationToken ct)
    {
        Klog.Info("server.go:460", $"\"Kubelet version\" kubeletVersion=\"{StandIn.Version}\" standIn=true");
        settings.CheckMachine();
        (string name, string version, _) = await Runtime(settings).ConfigureAwait(false);
        Klog.Info(
            "kuberuntime_manager.go:258", $"\"Container runtime initialized\" containerRuntime=\"{name}\" version=\"{version}\" apiVersion=\"v1\"");
        TlsBootstrap bootstrap = new(settings);
        bootstrap.Prepare();
        using HealthServer health = HealthServer.Start(settings.HealthzAddress, settings.HealthzPort);
        using System.Net.Sockets.TcpListener api = HealthServer.Listen("0.0.0.0", settings.Port);
        SdNotify.Ready();
        Task serving = health.ServeAsync(ct);
        Kubeconfig credentials = await bootstrap.FinishAsync(ct).ConfigureAwait(false);
        if (settings.RegistersNode)
        {
            await new NodeRegistration(settings, credentials).RunAsync(ct).ConfigureAwait(false);
        }
        await serving.ConfigureAwait(false);
    }

    private static async Task<(string Name, string Version, string ApiVersion)> Runtime(KubeletSettings settings)
    {
        try
        {
            return await Cri.VersionAsync(settings.RuntimeEndpoint).ConfigureAwait(false);
        }
        catch (FatalException e)
        {
            throw new FatalException(
                $"failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint \"{settings.RuntimeEndpoint}\": {e.Message}");
        }
    }
}
