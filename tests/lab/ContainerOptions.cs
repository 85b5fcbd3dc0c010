namespace Slipway.Lab;

/// <summary>What a <see cref="Container"/> is made of.</summary>
public sealed record ContainerOptions
{
    /// <summary>Debian's code name for its tree: <see cref="Tree.Trixie"/> or <see cref="Tree.Bookworm"/>.</summary>
    public string Suite { get; init; } = Tree.Trixie;

    /// <summary>Files put into it.</summary>
    public IReadOnlyList<GuestFile> Files { get; init; } = [];

    /// <summary>cloud-init user data, in NoCloud's seed directory; null for none, and cloud-init stays off.</summary>
    public string? UserData { get; init; }

    /// <summary>Meta data beside it.</summary>
    public string MetaData { get; init; } = "instance-id: lab-1\nlocal-hostname: worker-1\n";

    /// <summary>Firmware's fields by their names in <c>/sys/class/dmi/id</c>: <c>sys_vendor</c>, <c>product_name</c>, <c>product_uuid</c> … None hides nothing.</summary>
    public IReadOnlyDictionary<string, string> Dmi { get; init; } = new Dictionary<string, string>();

    /// <summary>Ports of servers on 127.0.0.1 that it may reach at <see cref="ContainerNetwork.HostAddress"/>.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];
}
