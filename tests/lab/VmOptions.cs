using System.Text;

namespace Slipway.Lab;

/// <summary>What a <see cref="Vm"/> is made of.</summary>
public sealed record VmOptions
{
    /// <summary>Debian's code name for its tree: <see cref="Tree.Trixie"/> or <see cref="Tree.Bookworm"/>.</summary>
    public string Suite { get; init; } = Tree.Trixie;

    /// <summary>Files baked into its disk.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>cloud-init user data on a cidata disk; null for no such disk.</summary>
    public string? UserData { get; init; }

    /// <summary>Meta data beside it; instance id and host name.</summary>
    public string MetaData { get; init; } = "instance-id: lab-1\nlocal-hostname: worker-1\n";

    /// <summary>Further disks with file systems on them, besides the cidata disk of <see cref="UserData"/>.</summary>
    public IReadOnlyList<DataDisk> Disks { get; init; } = [];

    /// <summary>Entries of QEMU's fw_cfg by name (<c>opt/slipway/config</c>): <c>/sys/firmware/qemu_fw_cfg/by_name/NAME/raw</c>.</summary>
    public IReadOnlyDictionary<string, string> FirmwareConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>SMBIOS strings of type 11; systemd takes those that <see cref="Credential"/> gives.</summary>
    public IReadOnlyList<string> OemStrings { get; init; } = [];

    /// <summary>Fields of SMBIOS type 1 as QEMU names them: <c>manufacturer</c>, <c>product</c>, <c>version</c>, <c>serial</c>, <c>uuid</c>. The guest has them in <c>/sys/class/dmi/id</c>.</summary>
    public IReadOnlyDictionary<string, string> Dmi { get; init; } = new Dictionary<string, string>();

    /// <summary>Added to the kernel's command line: <c>systemd.setenv=…</c>, <c>slipway.…</c>.</summary>
    public string KernelArguments { get; init; } = "";

    /// <summary>Memory in MiB.</summary>
    public int Memory { get; init; } = 2048;

    /// <summary>Processors.</summary>
    public int Processors { get; init; } = 2;

    /// <summary>More arguments for QEMU.</summary>
    public IReadOnlyList<string> QemuArguments { get; init; } = [];

    /// <summary>The SMBIOS string by which a hypervisor hands systemd a credential.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="binary">Whether it travels in base64.</param>
    public static string Credential(string name, string value, bool binary = false) => binary
        ? $"io.systemd.credential.binary:{name}={Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}"
        : $"io.systemd.credential:{name}={value}";
}
