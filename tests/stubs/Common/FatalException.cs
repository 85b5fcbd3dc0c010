namespace Slipway.Stubs.Common;

/// <summary>The program cannot go on; the message is what the real one prints.</summary>
internal sealed class FatalException(string message) : Exception(message);
