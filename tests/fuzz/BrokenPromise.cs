namespace Slipway.Fuzz;

/// <summary>An input was read, but something that must hold of the result does not.</summary>
internal sealed class BrokenPromise(string message) : Exception(message)
{
    /// <summary>Checks a promise.</summary>
    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new BrokenPromise(message);
        }
    }
}
