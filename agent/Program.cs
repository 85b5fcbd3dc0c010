using System.CommandLine;
using Slipway.Commands;
using Slipway.Reporting;

var parsed = CommandLine.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine($"slipway: {error.Message}");
    }
    Console.Error.WriteLine("See: slipway --help");
    return (int)ExitCode.Usage;
}
try
{
    // SIGTERM and SIGINT end a run at its next safe point; after the grace time the process ends where it is.
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
    });
}
catch (FailureException e)
{
    return Tell(e.Failure);
}
catch (OperationCanceledException)
{
    return Tell(new Failure("run.interrupted", "stopped before it was done"));
}
#pragma warning disable CA1031 // The last line of defence: a code and a fix, never a stack trace.
catch (Exception e)
{
    return Tell(Failure.Bug(e));
}
#pragma warning restore CA1031

static int Tell(Failure failure)
{
    Console.Error.WriteLine($"slipway: {failure}");
    if (failure.Remedy.Length > 0)
    {
        Console.Error.WriteLine($"Fix: {failure.Remedy}");
    }
    return (int)failure.ExitCode;
}
