using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>A virtual machine that boots the lab's tree in QEMU: kernel, disk, cidata disk, network (this host is 10.0.2.2), and a shell over a virtio port.</summary>
public sealed class Vm : Machine
{
    private readonly string folder;
    private readonly VmOptions options;
    private readonly Tree tree;
    private readonly string accelerator;
    private Process? qemu;
    private GuestShell? shell;

    private Vm(string folder, VmOptions options, Tree tree, string accelerator) =>
        (this.folder, this.options, this.tree, this.accelerator) = (folder, options, tree, accelerator);

    /// <summary>Everything that came over its serial console, all boots.</summary>
    public string ConsolePath => Path.Combine(folder, "console.log");

    /// <summary>Whether QEMU runs.</summary>
    public bool IsRunning => qemu is { HasExited: false };

    /// <summary>Makes its disks; does not start it. Building tree and image is slow the first time only.</summary>
    public static async Task<Vm> CreateAsync(VmOptions options)
    {
        Tree tree = await Tree.BuildAsync(options.Suite).ConfigureAwait(false);
        string image = await Disk.BuildAsync(tree, options.Files).ConfigureAwait(false);
        string folder = Directory.CreateTempSubdirectory("slipway-vm-").FullName;
        await Disk.OverlayAsync(image, Path.Combine(folder, "disk.qcow2")).ConfigureAwait(false);
        Vm vm = new(folder, options, tree, await Accelerator.ChooseAsync(tree).ConfigureAwait(false));
        if (options.UserData is not null)
        {
            await vm.ReseedAsync(options.UserData, options.MetaData).ConfigureAwait(false);
        }
        foreach ((int number, DataDisk disk) in options.Disks.Index())
        {
            await disk.WriteAsync(Path.Combine(folder, $"data{number}.img")).ConfigureAwait(false);
        }
        foreach ((int number, string text) in options.FirmwareConfig.Values.Concat(options.OemStrings).Index())
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"firmware{number}"), text).ConfigureAwait(false);
        }
        return vm;
    }

    /// <summary>Replaces the cidata disk; the machine sees it at its next <see cref="StartAsync"/>.</summary>
    public Task ReseedAsync(string userData, string metaData) =>
        new DataDisk("cidata", new Dictionary<string, string> { ["user-data"] = userData, ["meta-data"] = metaData }).WriteAsync(Path.Combine(folder, "seed.iso"));

    /// <summary>Powers it on.</summary>
    public async Task StartAsync()
    {
        string port = Path.Combine(folder, "shell.sock");
        File.Delete(port);
        ProcessStartInfo start = new("qemu-system-x86_64", Arguments(port)) { RedirectStandardError = true, RedirectStandardInput = true };
        qemu = Process.Start(start)!;
        qemu.StandardInput.Close();
        Task<string> errors = qemu.StandardError.ReadToEndAsync();
        while (!File.Exists(port))
        {
            if (qemu.HasExited)
            {
                throw new InvalidOperationException($"QEMU did not start: {await errors.ConfigureAwait(false)}");
            }
            await Task.Delay(50).ConfigureAwait(false);
        }
        await Task.Delay(50).ConfigureAwait(false);
        shell = GuestShell.Connect(port);
    }

    /// <summary>Waits until commands can be run, which is early in the boot: before cloud-init. Gives the boot id.</summary>
    /// <exception cref="TimeoutException">With the end of the console.</exception>
    public async Task<string> WaitForShellAsync(TimeSpan timeout)
    {
        try
        {
            return await Shell.ReadyAsync(timeout).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            string[] console = File.Exists(ConsolePath) ? await File.ReadAllLinesAsync(ConsolePath).ConfigureAwait(false) : [];
            throw new TimeoutException($"no shell after {timeout}; the console's end:\n{string.Join('\n', console.TakeLast(40))}", e);
        }
    }

    /// <inheritdoc/>
    public override Task<Outcome> RunAsync(string command, TimeSpan? timeout = null) => Shell.RunAsync(command, timeout ?? TimeSpan.FromSeconds(60));

    /// <summary>Cuts the power: QEMU is killed, nothing in the guest gets to know. Start it again with <see cref="StartAsync"/>.</summary>
    public async Task PowerCutAsync()
    {
        if (qemu is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        Close();
    }

    /// <summary>Reboots in order and waits for the shell of the next boot; gives its boot id.</summary>
    public async Task<string> RebootAsync(TimeSpan timeout)
    {
        string before = await WaitForShellAsync(timeout).ConfigureAwait(false);
        Shell.ExpectReboot();
        await Shell.FireAsync("systemctl reboot").ConfigureAwait(false);
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < timeout)
        {
            string boot = await WaitForShellAsync(timeout - clock.Elapsed).ConfigureAwait(false);
            if (boot != before)
            {
                return boot;
            }
            // The old shell was restarted on the way down.
            Shell.ExpectReboot();
        }
        throw new TimeoutException($"no reboot within {timeout}");
    }

    /// <summary>Powers it off in order.</summary>
    public async Task ShutdownAsync(TimeSpan timeout)
    {
        await Shell.FireAsync("systemctl poweroff").ConfigureAwait(false);
        await qemu!.WaitForExitAsync().WaitAsync(timeout).ConfigureAwait(false);
        Close();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await PowerCutAsync().ConfigureAwait(false);
        Directory.Delete(folder, recursive: true);
    }

    private GuestShell Shell => shell ?? throw new InvalidOperationException("the machine is off");

    private void Close()
    {
        shell?.Dispose();
        qemu?.Dispose();
        (shell, qemu) = (null, null);
    }

    private IEnumerable<string> Arguments(string port) =>
    [
        "-accel", accelerator == "kvm" ? "kvm" : "tcg,thread=multi", "-cpu", accelerator == "kvm" ? "host" : "max",
        "-machine", "q35", "-m", options.Memory.ToString(CultureInfo.InvariantCulture), "-smp", options.Processors.ToString(CultureInfo.InvariantCulture),
        "-nodefaults", "-no-user-config", "-display", "none", "-rtc", "base=utc",
        "-kernel", tree.Kernel, "-initrd", tree.Initrd,
        "-append", $"root=/dev/vda rw console=ttyS0 loglevel=4 net.ifnames=0 mitigations=off random.trust_cpu=on systemd.show_status=1 {options.KernelArguments}",
        "-chardev", $"file,id=console,path={ConsolePath},append=on", "-serial", "chardev:console",
        "-drive", $"file={folder}/disk.qcow2,if=virtio,format=qcow2,cache=writeback",
        .. File.Exists($"{folder}/seed.iso") ? ["-drive", $"file={folder}/seed.iso,if=virtio,format=raw,readonly=on"] : Array.Empty<string>(),
        "-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net0,romfile=", "-device", "virtio-rng-pci",
        "-chardev", $"socket,id=lab,path={port},server=on,wait=off", "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=lab,name=org.slipway.lab",
        .. options.Disks.SelectMany((_, number) => new[] { "-drive", $"file={folder}/data{number}.img,if=virtio,format=raw,readonly=on" }),
        // By way of files: in an argument QEMU takes commas for its own.
        .. options.FirmwareConfig.Keys.SelectMany((name, number) => new[] { "-fw_cfg", $"name={name},file={folder}/firmware{number}" }),
        .. options.OemStrings.SelectMany((_, number) => new[] { "-smbios", $"type=11,path={folder}/firmware{options.FirmwareConfig.Count + number}" }),
        .. options.Dmi.Count > 0 ? ["-smbios", "type=1," + string.Join(',', options.Dmi.Select(field => $"{field.Key}={field.Value.Replace(",", ",,", StringComparison.Ordinal)}"))] : Array.Empty<string>(),
        .. options.QemuArguments,
    ];
}
