using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>The checks before a worker joins, with kubeadm's names and texts (<c>cmd/kubeadm/app/preflight/checks.go</c>).</summary>
internal static class Preflight
{
    private const string Footer = "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`";

    /// <summary>Only whether we are root; kubeadm asks this before it reads anything.</summary>
    public static Task CheckRootAsync(IReadOnlySet<string> ignored) =>
        ReportAsync([Now("IsPrivilegedUser", Environment.IsPrivilegedProcess ? null : "user is not running as root")], ignored);

    /// <summary>All checks of <c>kubeadm join</c> on a worker.</summary>
    /// <exception cref="FatalException">Some failed that are not ignored.</exception>
    public static Task RunAsync(JoinConfiguration join, IReadOnlySet<string> ignored)
    {
        int minor = StandIn.Version.Minor;
        List<Task<Result>> checks =
        [
            FileAvailable("/etc/kubernetes/kubelet.conf"),
            FileAvailable("/etc/kubernetes/bootstrap-kubelet.conf"),
            RuntimeAsync(join.CriSocket),
            Now("Swap", warning: File.Exists("/proc/swaps") && File.ReadAllLines("/proc/swaps").Length > 1
                ? "swap is supported for cgroup v2 only. The kubelet must be properly configured to use swap. Please refer to https://kubernetes.io/docs/concepts/architecture/nodes/#swap-memory, or disable swap on the node"
                : null),
            .. Executables(minor),
            KubeletVersionAsync(),
            KubeletServiceAsync(),
            Port(10250),
            FileAvailable(join.CaCertPath),
        ];
        if (minor >= 35)
        {
            checks.Add(Now("SystemVerification", File.Exists("/sys/fs/cgroup/cgroup.controllers") ? null
                : "cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. To explicitly enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option 'FailCgroupV1' to 'false'. You must also explicitly skip this validation"));
        }
        if (IPAddress.TryParse(join.Endpoint[..join.Endpoint.LastIndexOf(':')].Trim('[', ']'), out IPAddress? address))
        {
            checks.Add(address.AddressFamily == AddressFamily.InterNetwork ? FileContent("/proc/sys/net/ipv4/ip_forward") : FileContent("/proc/sys/net/ipv6/conf/default/forwarding"));
        }
        return ReportAsync(checks, ignored);
    }

    private static IEnumerable<Task<Result>> Executables(int minor)
    {
        string[] required = minor >= 33 ? ["losetup", "mount", "cp"] : minor == 32 ? ["ip", "iptables", "mount", "nsenter"] : ["conntrack", "ip", "iptables", "mount", "nsenter"];
        string[] wanted = minor >= 33 ? [] : minor == 32 ? ["ethtool", "tc", "touch"] : ["ebtables", "ethtool", "socat", "tc", "touch"];
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? Missing(string name) => path.Any(folder => File.Exists(Path.Combine(folder, name))) ? null : $"{name} not found in system path";
        return required.Select(name => Now("FileExisting-" + name, Missing(name))).Concat(wanted.Select(name => Now("FileExisting-" + name, warning: Missing(name))));
    }

    private static Task<Result> FileAvailable(string path) =>
        Now("FileAvailable-" + path.Replace('/', '-'), File.Exists(path) ? $"{path} already exists" : null);

    private static Task<Result> FileContent(string path) => Now("FileContent-" + path.Replace('/', '-'),
        !File.Exists(path) ? $"{path} does not exist" : File.ReadAllText(path).StartsWith('1') ? null : $"{path} contents are not set to 1");

    private static Task<Result> Port(int port)
    {
        using Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return Now($"Port-{port}");
        }
        catch (SocketException)
        {
            return Now($"Port-{port}", $"Port {port} is in use");
        }
    }

    private static async Task<Result> RuntimeAsync(string socket)
    {
        try
        {
            await Cri.VersionAsync(socket).ConfigureAwait(false);
            IEnumerable<string> unready = (await Cri.ConditionsAsync(socket).ConfigureAwait(false)).Where(c => c is { Type: "RuntimeReady", Status: false }).Select(c => c.Message);
            return new("CRI", unready.FirstOrDefault() is { } why ? $"container runtime is not running: {why}" : null, null);
        }
        catch (FatalException e)
        {
            return new("CRI", $"could not connect to the container runtime: failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint \"{socket}\": {e.Message}", null);
        }
    }

    private static async Task<Result> KubeletVersionAsync()
    {
        (int exit, string output) = await ChildProcess.RunAsync("kubelet", "--version").ConfigureAwait(false);
        if (exit != 0)
        {
            return new("KubeletVersion", "couldn't get kubelet version: cannot execute 'kubelet --version': executable file not found in $PATH", null);
        }
        KubernetesVersion kubelet = KubernetesVersion.Parse(output.Split(' ')[^1].Trim());
        return new("KubeletVersion", kubelet.Minor < StandIn.Version.Minor - 3 ? $"Kubelet version \"{kubelet}\" is lower than kubeadm can support. Please upgrade kubelet" : null, null);
    }

    private static async Task<Result> KubeletServiceAsync()
    {
        (int exit, string output) = await ChildProcess.RunAsync("systemctl", "is-enabled", "kubelet").ConfigureAwait(false);
        string? warning = exit == 0 ? null : output.Contains("not-found", StringComparison.Ordinal) || output.Contains("No such file", StringComparison.Ordinal)
            ? "kubelet service does not exist" : "kubelet service is not enabled, please run 'systemctl enable kubelet.service'";
        return new("Service-Kubelet", null, warning);
    }

    private static Task<Result> Now(string name, string? error = null, string? warning = null) => Task.FromResult(new Result(name, error, warning));

    private static async Task ReportAsync(IReadOnlyList<Task<Result>> checks, IReadOnlySet<string> ignored)
    {
        List<string> errors = [];
        foreach (Task<Result> check in checks)
        {
            (string name, string? error, string? warning) = await check.ConfigureAwait(false);
            bool tolerated = ignored.Contains("all") || ignored.Contains(name.ToLowerInvariant());
            foreach (string? text in new[] { warning, tolerated ? error : null })
            {
                if (text is not null)
                {
                    await Console.Error.WriteLineAsync($"\t[WARNING {name}]: {text}").ConfigureAwait(false);
                }
            }
            if (error is not null && !tolerated)
            {
                errors.Add($"\t[ERROR {name}]: {error}\n");
            }
        }
        if (errors.Count == 0)
        {
            return;
        }
        string report = $"[preflight] Some fatal errors occurred:\n{string.Concat(errors)}{Footer}";
        if (!StandIn.Version.IsAtLeast(34))
        {
            throw new FatalException(report);
        }
        await Console.Error.WriteLineAsync(report).ConfigureAwait(false);
        throw new FatalException("preflight checks failed");
    }

    private sealed record Result(string Name, string? Error, string? Warning);
}
