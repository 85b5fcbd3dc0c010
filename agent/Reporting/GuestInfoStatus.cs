using Slipway.Hosting;

namespace Slipway.Reporting;

/// <summary>
/// Tells the hypervisor how far the node is: <c>guestinfo.slipway.status</c>, as <c>phase=…;code=…;sha256=…</c>. Only when that changed,
/// at most once a second, the last state always; beside the run, which it never delays by more than 2 s at its end and never fails.
/// </summary>
internal sealed class GuestInfoStatus(Host host) : IAsyncDisposable
{
    private const string Key = "slipway.status";
    private const int MostCharacters = 1024;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly GuestInfoChannel channel = new(host);
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private string wanted = "";
    private string told = "";
    private bool? isAllowed;
    private bool hasFailed;
    private Task work = Task.CompletedTask;

    /// <summary>A teller; null where there is nobody to tell: no VMware guest, or guestinfo that comes from the environment.</summary>
    public static GuestInfoStatus? For(Host host, Facts facts) =>
        facts.IsVmware && host.Vsock is not null && !Processes.HasGuestInfoEnvironment ? new GuestInfoStatus(host) : null;

    /// <summary>Whether the configuration wants it. Until that is known nothing is told; a run that ends before tells its failure.</summary>
    public void Decide(bool allowed)
    {
        lock (gate)
        {
            isAllowed = allowed;
            Start();
        }
    }

    /// <summary>The node's status as it is now.</summary>
    public void Tell(NodeStatus status)
    {
        var text = $"phase={status.Phase};code={status.LastError?.Code};sha256={status.ConfigSha256}";
        lock (gate)
        {
            wanted = text.Length > MostCharacters ? text[..MostCharacters] : text;
            Start();
        }
    }

    /// <summary>Tells the last state, and waits no longer than 2 s for that.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isAllowed ??= true;
            Start();
        }
        await ending.CancelAsync();
        try
        {
            await work.WaitAsync(Patience, host.Clock);
            channel.Dispose();
        }
        catch (TimeoutException)
        {
            // The process ends now, and the write with it.
        }
    }

    private void Start()
    {
        if (isAllowed == true && wanted != told && work.IsCompleted)
        {
            work = Task.Run(TellAllAsync);
        }
    }

    private async Task TellAllAsync()
    {
        while (true)
        {
            string text;
            lock (gate)
            {
                text = told = wanted;
            }
            await TellAsync(text);
            try
            {
                await Task.Delay(Between, host.Clock, ending.Token);
            }
            catch (OperationCanceledException)
            {
                // The run has ended: the last state goes out at once.
            }
            lock (gate)
            {
                if (wanted == told)
                {
                    // Within the lock, so that whoever has more to tell sees either us or that we are gone.
                    work = Task.CompletedTask;
                    return;
                }
            }
        }
    }

    private async Task TellAsync(string text)
    {
        string why;
        try
        {
            using var deadline = new CancellationTokenSource(Patience, host.Clock);
            if (await channel.SetAsync(Key, text, deadline.Token) is not GuestInfoValue.Unknown unknown)
            {
                return;
            }
            why = unknown.Failure.What;
        }
#pragma warning disable CA1031 // Telling is a courtesy: nothing that goes wrong with it may end a run.
        catch (Exception e)
        {
            why = e is OperationCanceledException ? "it took too long" : e.Message;
        }
#pragma warning restore CA1031
        if (!hasFailed)
        {
            hasFailed = true;
            host.Log.Debug("{Text:l}", $"guestinfo.{Key} could not be set: {why}");
        }
    }
}
