using Slipway.Artifacts;
using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Commands;

/// <summary>Takes back what the ledger lists, last change first. Files are named one by one and folders go only when they are empty: nothing is ever
/// deleted below a folder, so what others put or mounted there is out of reach.</summary>
/// <param name="host">The node.</param>
/// <param name="boot">This boot, for the ledger.</param>
internal sealed class Uninstallation(Host host, string boot)
{
    private const string State = "/var/lib/slipway";
    private const string Sets = "/opt/slipway";
    private const string ContainerTasks = "/run/containerd/io.containerd.runtime.v2.task/k8s.io";

    // What kubeadm writes when it joins a node; it alone knows all of it.
    private static readonly string[] JoinState = [Membership.KubeletConf, "/etc/kubernetes/bootstrap-kubelet.conf", "/var/lib/kubelet/config.yaml"];

    private readonly List<string> removed = [];
    private readonly List<Remainder> left = [];
    private readonly List<Unremoved> failed = [];

    /// <summary>The ids of what was taken away, in order.</summary>
    public IReadOnlyList<string> Removed => removed;

    /// <summary>What stays, each with the reason: not ours any more, or in use by others.</summary>
    public IReadOnlyList<Remainder> Left => left;

    /// <summary>What could not be removed, and is still ours.</summary>
    public IReadOnlyList<Unremoved> Failed => failed;

    /// <summary>Whether anything of ours is on the node.</summary>
    public static bool HasWork(FileTree files) => files.Status(Ledger.FilePath) is not null || files.Status(State) is not null || files.List(BinaryResource.Installed).Count > 0;

    /// <summary>Does it. Cut off anywhere, the next one goes on from there.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var entries = Ledger.Read(host.Files);
        if (entries.Count == 0 && host.Files.List(BinaryResource.Installed).Count > 0)
        {
            throw new FailureException(new Failure("uninstall.ledger-missing", $"{BinaryResource.Installed} lists what was installed, but {Ledger.FilePath} is not there or damaged"));
        }
        // First: it makes room where a full disk would be in the way.
        Empty(Supply.Cache);
        if (host.Files.Status(Ledger.FilePath) is not null)
        {
            using (var ledger = Ledger.Open(host, boot))
            {
                Note(ledger, LedgerEvent.Uninstalling);
                await RemoveAsync([.. Owned.Of(entries).Reverse()], ledger, ct);
            }
            Sweep(entries);
            entries = Ledger.Read(host.Files);
            // What a call that was cut off left, it told nobody.
            foreach (var entry in entries.Where(entry => entry is { Event: LedgerEvent.Removed, What.Length: > 0 } && !left.Any(one => one.What == entry.Resource)))
            {
                left.Add(new Remainder(entry.Resource, entry.What));
            }
        }
        if (failed.Count == 0)
        {
            RemoveState(entries);
        }
    }

    private async Task RemoveAsync(List<Owned> owned, Ledger ledger, CancellationToken ct)
    {
        var units = new List<(UnitResource Unit, Trace Trace)>();
        // What did not find room the first time may find it once the rest is gone.
        for (var pass = 0; pass < 2 && owned.Count > 0; pass++)
        {
            var again = new List<Owned>();
            failed.RemoveAll(one => one.Failure.Code == "host.disk-full");
            foreach (var one in owned)
            {
                ct.ThrowIfCancellationRequested();
                var resource = Recorded.Of(one.Id, one.Trace, host);
                await TryAsync(one.Id, async () =>
                {
                    var why = resource is not null ? await resource.RemoveAsync(host, one.Trace, ct) : Unknown(one.Id);
                    if (resource is UnitResource unit)
                    {
                        // It stays ours until what was there before runs again.
                        units.Add((unit, one.Trace));
                        return;
                    }
                    Gone(ledger, one.Id, why);
                }, () => again.Add(one));
            }
            owned = again;
        }
        if (units.Count > 0 && host.Services.IsRunning)
        {
            await TryAsync("systemd", () => host.Services.ReloadAsync(ct));
        }
        units.Reverse();
        foreach (var (unit, trace) in units)
        {
            await TryAsync(unit.Id, async () =>
            {
                await unit.ReviveAsync(host, trace, ct);
                Gone(ledger, unit.Id, "");
            });
        }
    }

    private async Task TryAsync(string id, Func<Task> work, Action? noRoom = null)
    {
        try
        {
            await work();
        }
        catch (FailureException e)
        {
            failed.Add(new Unremoved(id, e.Failure));
            if (e.Failure.Code == "host.disk-full")
            {
                noRoom?.Invoke();
            }
        }
    }

    private void Gone(Ledger ledger, string id, string why)
    {
        Note(ledger, LedgerEvent.Removed, id, why);
        // What stays in part is told as what is left, and as nothing else.
        if (why.Length == 0)
        {
            removed.Add(id);
            host.Log.ChangeMade($"removed {id}");
        }
    }

    /// <summary>Records it where there is room: a removal that was not recorded is found to be done when it is tried again.</summary>
    private void Note(Ledger ledger, LedgerEvent what, string id = "", string why = "")
    {
        try
        {
            ledger.Append(what, resource: id, description: why);
        }
        catch (FailureException e) when (e.Failure.Code == "host.disk-full")
        {
            host.Log.Attention($"{Ledger.FilePath}: {e.Failure}");
        }
        if (why.Length > 0)
        {
            left.Add(new Remainder(id, why));
        }
    }

    /// <summary>Why something stays that is no resource of the table: a membership is left by other means.</summary>
    private string Unknown(string id)
    {
        if (!id.StartsWith(ClusterMembership.IdPrefix, StringComparison.Ordinal))
        {
            throw new FailureException(new Failure("uninstall.unknown-kind", $"this version of slipway does not know what {id} is"));
        }
        var state = JoinState.Where(path => host.Files.Status(path) is not null).ToList();
        return state.Count == 0 ? "" : $"what kubeadm wrote ({string.Join(", ", state)}, …) stays: kubeadm reset -f removes it";
    }

    /// <summary>What downloads left that were cut off before their first change, and the folders that were made.</summary>
    private void Sweep(IReadOnlyList<LedgerEntry> entries)
    {
        string[] sets = [.. host.Files.List(Sets).SelectMany(set => host.Files.List($"{Sets}/{set}").Select(version => $"{Sets}/{set}/{version}/bin"))];
        foreach (var folder in sets.Append("/opt/cni/bin").Where(host.Files.IsDirectory))
        {
            foreach (var name in host.Files.List(folder).Where(name => name.StartsWith(".slipway-", StringComparison.Ordinal)))
            {
                Empty($"{folder}/{name}");
            }
        }
        // An earlier version did not record folders; these are nobody else's.
        IEnumerable<string> ours = entries.FirstOrDefault(entry => entry.Event is LedgerEvent.Preparing or LedgerEvent.Intent)?.Event == LedgerEvent.Preparing ? []
            : [.. sets, .. sets.Select(Path.GetDirectoryName)!, .. host.Files.List(Sets).Select(set => $"{Sets}/{set}"), Sets];
        foreach (var folder in entries.SelectMany(entry => entry.Folders ?? []).Concat(ours).Distinct().OrderByDescending(path => path.Length))
        {
            if (!host.Files.DeleteEmpty(folder) && host.Files.List(folder) is var names && !left.Any(one => (one.What + one.Why).Contains(folder + "/", StringComparison.Ordinal)))
            {
                left.Add(new Remainder(folder, names.Count > 0 ? $"holds what is not slipway's ({string.Join(", ", names.Take(5))})" : "something is mounted there"));
            }
        }
        if (host.Files.List(ContainerTasks) is { Count: > 0 } running)
        {
            left.Add(new Remainder("containers", $"{running.Count} still run, until the next boot"));
        }
    }

    /// <summary>Our own state, the ledger last: until then a call that was cut off can be told from one that was done.</summary>
    private void RemoveState(IReadOnlyList<LedgerEntry> entries)
    {
        // The original of what was left stays, at the place that was told with it.
        foreach (var name in host.Files.List(Replaced.Folder).Where(name => entries.Count > 0 && !left.Any(one => one.Why.Contains(name, StringComparison.Ordinal))))
        {
            host.Files.Delete($"{Replaced.Folder}/{name}");
        }
        host.Files.DeleteEmpty(Replaced.Folder);
        Empty($"{State}/units");
        foreach (var name in (string[])["config.json", "join", ".config.json.slipway-new", ".join.slipway-new"])
        {
            host.Files.Delete($"{State}/{name}");
        }
        host.Files.Delete(Ledger.FilePath);
        if (!host.Files.DeleteEmpty(State))
        {
            left.Add(new Remainder(State, $"holds {string.Join(", ", host.Files.List(State).Take(5))}"));
        }
    }

    /// <summary>Deletes the files of a folder of ours, and the folder. Whatever else is in it stays.</summary>
    private void Empty(string folder)
    {
        foreach (var name in host.Files.List(folder))
        {
            if (host.Files.Status($"{folder}/{name}")?.Kind is FileKind.File or FileKind.Link)
            {
                host.Files.Delete($"{folder}/{name}");
            }
        }
        host.Files.DeleteEmpty(folder);
    }
}

/// <summary>Something that could not be removed.</summary>
/// <param name="Id">The resource's id.</param>
/// <param name="Failure">Why not.</param>
internal sealed record Unremoved(string Id, Failure Failure);

/// <summary>Something that was left on the node.</summary>
/// <param name="What">A resource's id, or a path.</param>
/// <param name="Why">The reason.</param>
internal sealed record Remainder(string What, string Why);
