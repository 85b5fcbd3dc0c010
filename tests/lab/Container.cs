using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>The same tree as a booted <c>systemd-nspawn</c> container: real systemd and journal, up in seconds, a network of its own; kernel and cgroups are this machine's.</summary>
/// <remarks>
/// Works without systemd as this machine's PID 1. Kernel modules are the host's: those it has count as built in. <c>/proc/sys</c> outside <c>net</c> is shared
/// with the host, so tests that change such sysctls belong into a <see cref="Vm"/>. cgroup v2 is mounted, but may lack controllers where the host uses v1.
/// </remarks>
public sealed class Container : Machine
{
    private readonly string folder;
    private readonly ContainerOptions options;
    private readonly ContainerNetwork network;
    private readonly List<Relay> relays = [];
    private Process? nspawn;
    private int leader;

    private Container(string folder, ContainerNetwork network, ContainerOptions options) =>
        (this.folder, this.network, this.options) = (folder, network, options);

    /// <summary>Its file system, to be changed before it starts: as a disk image is that is mounted.</summary>
    public string Root => Path.Combine(folder, "root");

    /// <summary>Makes its file system, an overlay over the shared tree; does not start it.</summary>
    public static async Task<Container> CreateAsync(ContainerNetwork network, ContainerOptions options)
    {
        Tree tree = await Tree.BuildAsync(options.Suite).ConfigureAwait(false);
        string folder = Directory.CreateTempSubdirectory("slipway-ct-").FullName;
        foreach (string part in new[] { "root", "upper", "work", "containerd" })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }
        await Tool.RunAsync("mount", "-t", "overlay", "overlay", "-o", $"lowerdir={tree.Folder},upperdir={folder}/upper,workdir={folder}/work", $"{folder}/root").ConfigureAwait(false);
        Container container = new(folder, network, options);
        await container.FillAsync().ConfigureAwait(false);
        return container;
    }

    /// <summary>Boots it and waits until commands can be run.</summary>
    public async Task StartAsync(TimeSpan timeout)
    {
        ProcessStartInfo start = new("systemd-nspawn",
        [
            "--boot", "--directory", Root, "--machine", network.Name, "--hostname", "localhost", "--register=no", "--keep-unit", "--network-veth", "--capability=all", "--console=read-only",
            // containerd's overlay snapshots cannot lie on an overlay.
            $"--bind={folder}/containerd:/var/lib/containerd", "--system-call-filter=@mount @keyring bpf perf_event_open",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["SYSTEMD_NSPAWN_UNIFIED_HIERARCHY"] = "1";
        start.Environment["SYSTEMD_NSPAWN_API_VFS_WRITABLE"] = "1";
        nspawn = Process.Start(start)!;
        nspawn.StandardInput.Close();
        Task<string> output = nspawn.StandardOutput.ReadToEndAsync(), errors = nspawn.StandardError.ReadToEndAsync();
        Stopwatch clock = Stopwatch.StartNew();
        while (!await IsUpAsync().ConfigureAwait(false))
        {
            if (nspawn.HasExited || clock.Elapsed > timeout)
            {
                await StopAsync().ConfigureAwait(false);
                throw new TimeoutException($"the container did not come up: {await errors.ConfigureAwait(false)}{await output.ConfigureAwait(false)}");
            }
            await Task.Delay(100).ConfigureAwait(false);
        }
        foreach (int port in options.Ports)
        {
            relays.Add(new Relay(network.HostAddress, port));
        }
    }

    /// <inheritdoc/>
    public override async Task<Outcome> RunAsync(string command, TimeSpan? timeout = null)
    {
        int seconds = Math.Max(1, (int)(timeout ?? TimeSpan.FromSeconds(60)).TotalSeconds);
        (int exit, string output, string error) = await Tool.TryAsync(null, "nsenter",
        [
            "-t", leader.ToString(CultureInfo.InvariantCulture), "-m", "-u", "-i", "-n", "-p", "--", "/usr/bin/env", "-i", "HOME=/root", "LC_ALL=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "timeout", "-k", "2", seconds.ToString(CultureInfo.InvariantCulture), "bash", "-c", $"{{ {command}\n}} 2>&1",
        ]).ConfigureAwait(false);
        return new Outcome(exit, output + error);
    }

    /// <summary>Cuts its power: everything in it is killed. What it wrote stays for the next <see cref="StartAsync"/>.</summary>
    public async Task StopAsync()
    {
        relays.ForEach(r => r.Dispose());
        relays.Clear();
        if (nspawn is { HasExited: false } && Leader() is var last and > 0)
        {
            await Tool.TryAsync(null, "kill", ["-9", last.ToString(CultureInfo.InvariantCulture)]).ConfigureAwait(false);
        }
        if (nspawn is not null)
        {
            try
            {
                await nspawn.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                nspawn.Kill();
            }
            nspawn.Dispose();
        }
        (nspawn, leader) = (null, 0);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await Tool.TryAsync(null, "umount", ["-l", Root]).ConfigureAwait(false);
        await Tool.TryAsync(null, "rm", ["-rf", "--one-file-system", folder]).ConfigureAwait(false);
    }

    private async Task<bool> IsUpAsync()
    {
        // Read anew each time: nspawn's first child is a helper that makes way for the real one.
        leader = Leader();
        if (leader == 0)
        {
            return false;
        }
        // Its end of the link is set up by its networkd, ours by us; both need the link first.
        string link = "ve-" + network.Name;
        (int exit, string addresses, _) = await Tool.TryAsync(null, "ip", ["-o", "address", "show", "dev", link]).ConfigureAwait(false);
        if (exit != 0)
        {
            return false;
        }
        if (!addresses.Contains(network.HostAddress + "/", StringComparison.Ordinal))
        {
            await Tool.TryAsync(null, "ip", ["address", "add", network.HostAddress + "/24", "dev", link]).ConfigureAwait(false);
            await Tool.TryAsync(null, "ip", ["link", "set", link, "up"]).ConfigureAwait(false);
        }
        return (await RunAsync($"ip -o address show dev host0 | grep -q {network.Address}/ && systemctl is-active -q sysinit.target").ConfigureAwait(false)).Exit == 0;
    }

    /// <summary>nspawn's child, the container's PID 1; 0 when there is none (any more).</summary>
    private int Leader()
    {
        string children = $"/proc/{nspawn!.Id}/task/{nspawn.Id}/children";
        try
        {
            return int.TryParse(File.ReadAllText(children).Split(' ')[0], CultureInfo.InvariantCulture, out int child) ? child : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async Task FillAsync()
    {
        List<GuestFile> files =
        [
            .. options.Files,
            new GuestFile.Text("/etc/systemd/network/10-host0.network", $"[Match]\nName=host0\n\n[Network]\nAddress={network.Address}/24\nGateway={network.HostAddress}\nLinkLocalAddressing=no\n", GuestFile.PublicFile),
            // cloud-init would set up the network its own way.
            new GuestFile.Text("/etc/cloud/cloud.cfg.d/90-container.cfg", "network: {config: disabled}\ndatasource_list: [NoCloud, None]\n", GuestFile.PublicFile),
        ];
        if (options.UserData is not null)
        {
            files.Add(new GuestFile.Text("/var/lib/cloud/seed/nocloud/user-data", options.UserData, GuestFile.PublicFile));
            files.Add(new GuestFile.Text("/var/lib/cloud/seed/nocloud/meta-data", options.MetaData, GuestFile.PublicFile));
        }
        if (options.Dmi.Count > 0)
        {
            const string fields = "/usr/lib/slipway-lab/class", unit = "/etc/systemd/system/slipway-lab-dmi.service";
            files.AddRange(options.Dmi.Select(field => new GuestFile.Text($"{fields}/dmi/id/{field.Key}", field.Value + "\n", GuestFile.PublicFile)));
            files.Add(new GuestFile.Text(unit, $"""
                [Unit]
                DefaultDependencies=no
                Before=sysinit.target
                [Service]
                Type=oneshot
                RemainAfterExit=yes
                ExecStart=mount -t overlay overlay -o lowerdir={fields}:/sys/class /sys/class
                """, GuestFile.PublicFile));
            files.Add(new GuestFile.Link($"/etc/systemd/system/sysinit.target.wants/{Path.GetFileName(unit)}", unit));
        }
        string release = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease").ConfigureAwait(false)).Trim();
        files.Add(new GuestFile.Text($"/usr/lib/modules/{release}/modules.builtin", "kernel/fs/overlayfs/overlay.ko\nkernel/net/bridge/br_netfilter.ko\n", GuestFile.PublicFile));
        foreach (GuestFile file in files)
        {
            string path = Root + file.Path;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Delete(path);
            switch (file)
            {
                case GuestFile.Copy copy:
                    File.Copy(copy.Source, path);
                    File.SetUnixFileMode(path, copy.Mode);
                    break;
                case GuestFile.Text text:
                    await File.WriteAllTextAsync(path, text.Content).ConfigureAwait(false);
                    File.SetUnixFileMode(path, text.Mode);
                    break;
                case GuestFile.Link link:
                    File.CreateSymbolicLink(path, link.Target);
                    break;
            }
        }
        // So that modprobe finds what the host's kernel has already.
        await Tool.RunAsync("chroot", Root, "depmod", release).ConfigureAwait(false);
    }
}
