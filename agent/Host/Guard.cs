using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>Turns what the file system says into coded failures, in one place.</summary>
internal static class Guard
{
    /// <summary>Runs a file operation; its I/O errors leave as <see cref="FailureException"/>.</summary>
    public static T Io<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(Explain(e), e);
        }
    }

    /// <inheritdoc cref="Io{T}(Func{T})"/>
    public static void Io(Action operation) => Io(() =>
    {
        operation();
        return 0;
    });

    /// <summary>The failure that an I/O exception stands for.</summary>
    public static Failure Explain(Exception e) => Errno(e) switch
    {
        Libc.ENOSPC or Libc.EDQUOT => new Failure("host.disk-full", e.Message),
        Libc.EROFS => new Failure("host.read-only", e.Message),
        _ when e is UnauthorizedAccessException => new Failure("host.not-permitted", e.Message),
        _ => new Failure("host.io", e.Message),
    };

    // .NET keeps the raw errno of an I/O error in HResult; access errors carry it one level down.
    private static int Errno(Exception e) => (e as IOException ?? e.InnerException as IOException)?.HResult ?? 0;
}
