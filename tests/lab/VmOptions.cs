namespace Slipway.Lab;

/// <summary>What a <see cref="Vm"/> is made of.</summary>
public sealed record VmOptions
{
    /// <summary>Files baked into its disk.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>cloud-init user data on a cidata disk; null for no such disk.</summary>
    public string? UserData { get; init; }

    /// <summary>Meta data beside it; instance id and host name.</summary>
    public string MetaData { get; init; } = "instance-id: lab-1\nlocal-hostname: worker-1\n";

    /// <summary>Added to the kernel's command line: <c>systemd.setenv=…</c>, <c>slipway.…</c>.</summary>
    public string KernelArguments { get; init; } = "";

    /// <summary>Memory in MiB.</summary>
    public int Memory { get; init; } = 2048;

    /// <summary>Processors.</summary>
    public int Processors { get; init; } = 2;

    /// <summary>More arguments for QEMU.</summary>
    public IReadOnlyList<string> QemuArguments { get; init; } = [];
}
