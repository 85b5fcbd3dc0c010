namespace Slipway.Engine;

/// <summary>A resource that is ours by the ledger: changed, and not removed since.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Step">The step that wanted it last.</param>
/// <param name="IsDone">Whether a change was ever finished; otherwise each was cut off, before or behind the change itself.</param>
/// <param name="Trace">What is known of it.</param>
internal sealed record Owned(string Id, string Step, bool IsDone, Trace Trace)
{
    /// <summary>What is ours, in the order in which it became so. A removal ends what is known of a resource; a later change begins anew.</summary>
    public static IReadOnlyList<Owned> Of(IReadOnlyList<LedgerEntry> entries)
    {
        var owned = new List<Owned>();
        foreach (var entry in entries)
        {
            var at = owned.FindIndex(one => one.Id == entry.Resource);
            switch (entry.Event)
            {
                case LedgerEvent.Removed when at >= 0:
                    owned.RemoveAt(at);
                    break;
                case LedgerEvent.Intent or LedgerEvent.Done when at < 0:
                    owned.Add(new Owned(entry.Resource, entry.Step, entry.Event == LedgerEvent.Done, new Trace(entry.Before, entry.After)
                    {
                        Time = entry.Time,
                    }));
                    break;
                case LedgerEvent.Intent or LedgerEvent.Done:
                    owned[at] = owned[at].With(entry);
                    break;
                default:
                    break;
            }
        }
        return owned;
    }

    private Owned With(LedgerEntry entry)
    {
        var isDone = entry.Event == LedgerEvent.Done;
        return this with
        {
            Step = entry.Step,
            IsDone = IsDone || isDone,
            Trace = Trace with
            {
                Befores = isDone ? Trace.Befores : [.. Trace.Befores, entry.Before],
                Originals = isDone || IsDone ? Trace.Originals : [.. Trace.Originals, entry.Before],
                Afters = entry.After.Length == 0 || Trace.Afters.Contains(entry.After) ? Trace.Afters : [.. Trace.Afters, entry.After],
                After = entry.After.Length > 0 ? entry.After : Trace.After,
                Time = entry.Time,
            },
        };
    }
}
