using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Lab;

/// <summary>The host end of the guest's <c>lab-shell</c>: one line out a command, one line back an answer, over a virtio serial port.</summary>
internal sealed class GuestShell : IDisposable
{
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Outcome>> waiting = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1, 1);
    private TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int number;

    /// <summary>Connects to QEMU's end of the port, which must exist already.</summary>
    public static GuestShell Connect(string path)
    {
        GuestShell shell = new();
        shell.socket.Connect(new UnixDomainSocketEndPoint(path));
        _ = shell.ReadAsync();
        return shell;
    }

    /// <summary>Waits for the shell of the boot that runs now, or comes next; gives the boot id.</summary>
    public Task<string> ReadyAsync(TimeSpan timeout) => ready.Task.WaitAsync(timeout);

    /// <summary>Forgets that the shell was there, before a reboot.</summary>
    public void ExpectReboot() => ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs a command.</summary>
    /// <exception cref="IOException">The machine went away meanwhile.</exception>
    public async Task<Outcome> RunAsync(string command, TimeSpan timeout)
    {
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await ready.Task.WaitAsync(timeout).ConfigureAwait(false);
            string id = Interlocked.Increment(ref number).ToString(CultureInfo.InvariantCulture);
            TaskCompletionSource<Outcome> answer = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            string line = string.Create(CultureInfo.InvariantCulture, $"{id} {Math.Max(1, (int)timeout.TotalSeconds)} {Convert.ToBase64String(Encoding.UTF8.GetBytes(command))}\n");
            await Send(line).ConfigureAwait(false);
            // The guest enforces the deadline; ours is for a guest that is gone.
            return await answer.Task.WaitAsync(timeout + TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sends a command and does not wait, for those that take the machine down.</summary>
    public Task FireAsync(string command) => Send($"0 20 {Convert.ToBase64String(Encoding.UTF8.GetBytes(command))}\n");

    /// <inheritdoc/>
    public void Dispose()
    {
        socket.Dispose();
        turn.Dispose();
    }

    private async Task Send(string line) => await socket.SendAsync(Encoding.ASCII.GetBytes(line)).ConfigureAwait(false);

    private async Task ReadAsync()
    {
        try
        {
            await using NetworkStream stream = new(socket);
            using StreamReader reader = new(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                switch (line.Split(' '))
                {
                    case ["READY", var boot]:
                        ready.TrySetResult(boot);
                        break;
                    case [var id, var exit, var output] when waiting.TryRemove(id, out TaskCompletionSource<Outcome>? answer):
                        answer.TrySetResult(new Outcome(int.Parse(exit, CultureInfo.InvariantCulture), Encoding.UTF8.GetString(Convert.FromBase64String(output))));
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // QEMU is gone; whoever waits is told below.
        }
        IOException gone = new("the machine went away");
        ready.TrySetException(gone);
        foreach (TaskCompletionSource<Outcome> answer in waiting.Values)
        {
            answer.TrySetException(gone);
        }
    }
}
