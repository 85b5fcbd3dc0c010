using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>The published native binary, run as an operator would.</summary>
internal static class Agent
{
    /// <summary><c>SLIPWAY_BINARY</c>, else what <c>packaging/publish.sh</c> made last.</summary>
    public static string Path { get; } = Find();

    /// <summary>Runs it to its end.</summary>
    public static Task<Outcome> RunAsync(params string[] arguments) => RunAsync(new Call(arguments));

    /// <summary>Runs it to its end.</summary>
    public static async Task<Outcome> RunAsync(Call call)
    {
        using var running = Start(call);
        return await running.EndAsync();
    }

    /// <summary>Starts it and returns at once.</summary>
    public static Running Start(Call call)
    {
        var start = new ProcessStartInfo(call.Program ?? (call.Through.Count > 0 ? call.Through[0] : Path),
            call.Through.Count > 0 ? [.. call.Through.Skip(1), Path, .. call.Arguments] : call.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in call.Environment)
        {
            start.Environment[name] = value;
        }
        return new Running(Process.Start(start)!, call.StandardInput);
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_BINARY") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new InvalidOperationException($"SLIPWAY_BINARY is {named}, which does not exist");
        }
        var published = System.IO.Path.Join(Source.Repository, "out/linux-x64/slipway");
        return File.Exists(published)
            ? published
            : throw new InvalidOperationException($"there is no {published}: run packaging/publish.sh, or set SLIPWAY_BINARY");
    }
}

/// <summary>One call of the binary.</summary>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Call(params string[] Arguments)
{
    /// <summary>Added to the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A program that starts it, with its own arguments.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>Another program to run in its place.</summary>
    public string? Program { get; init; }

    /// <summary>What it reads.</summary>
    public string StandardInput { get; init; } = "";
}

/// <summary>How a call ended.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error)
{
    /// <summary>Everything it said.</summary>
    public string All => Out + Error;

    /// <summary>Its result as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Fails the test with everything that was said unless it ended as expected.</summary>
    public Outcome Exits(int code)
    {
        Assert.True(ExitCode == code, $"exit {ExitCode}, expected {code}\n{All}");
        return this;
    }

    /// <summary>Fails the test unless it said this.</summary>
    public Outcome Says(string text)
    {
        Assert.Contains(text, All, StringComparison.Ordinal);
        return this;
    }

    /// <summary>Fails the test if it said this.</summary>
    public Outcome DoesNotSay(string text)
    {
        Assert.DoesNotContain(text, All, StringComparison.Ordinal);
        return this;
    }
}

/// <summary>The binary at work.</summary>
internal sealed class Running : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder error = new();
    private readonly Task<string> output;
    private readonly Task errors;
    private readonly Lock gate = new();

    public Running(Process process, string input)
    {
        this.process = process;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        output = process.StandardOutput.ReadToEndAsync();
        errors = ReadAsync();
    }

    public int Id => process.Id;

    /// <summary>What it has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (gate)
            {
                return error.ToString();
            }
        }
    }

    public void Kill() => process.Kill();

    /// <summary>Waits until the log holds a text.</summary>
    public async Task SaysAsync(string text)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(deadline.IsCancellationRequested || (process.HasExited && errors.IsCompleted), $"never said \"{text}\":\n{Log}");
            await Task.Delay(5, Ct);
        }
    }

    public async Task<Outcome> EndAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(deadline.Token);
        await errors;
        return new Outcome(process.ExitCode, await output, Log);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            lock (gate)
            {
                error.AppendLine(line);
            }
        }
    }
}
