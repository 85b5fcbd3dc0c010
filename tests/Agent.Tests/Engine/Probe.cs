using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Engine;

/// <summary>A resource of which a test sees and steers every call: a file with a text.</summary>
internal sealed record Probe(string Name, string Path) : Resource($"probe:{Name}")
{
    /// <summary>What happened, in order.</summary>
    public List<string> Calls { get; init; } = [];

    /// <summary>Runs when it is prepared.</summary>
    public Func<CancellationToken, Task> OnPrepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>Runs before the change.</summary>
    public Action OnApply { get; init; } = () => { };

    /// <summary>Stands in the way of the change.</summary>
    public Failure? Refusal { get; init; }

    /// <summary>What an inspection says once it was applied.</summary>
    public Failure? RefusalAfter { get; init; }

    /// <summary>Whether applying has no effect.</summary>
    public bool Slips { get; init; }

    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) => Task.FromResult<Finding>(
        Refusal is not null ? new Finding.Refused(Refusal)
        : RefusalAfter is not null && host.Files.Exists(Path) ? new Finding.Refused(RefusalAfter)
        : host.Files.Exists(Path) ? new Finding.AsWanted()
        : new Finding.Differs($"make {Name}"));

    public override async Task PrepareAsync(Host host, CancellationToken ct)
    {
        Note("prepare");
        await OnPrepare(ct);
    }

    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        Note("apply");
        OnApply();
        if (!Slips)
        {
            host.Files.Write(Path, Name, Modes.Mode644);
        }
        return Task.CompletedTask;
    }

    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        host.Files.Delete(Path);
        return Task.FromResult("");
    }

    private void Note(string call)
    {
        lock (Calls)
        {
            Calls.Add($"{call} {Name}");
        }
    }
}
