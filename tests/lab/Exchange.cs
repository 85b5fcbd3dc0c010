namespace Slipway.Lab;

/// <summary>One request that a server of the lab answered.</summary>
/// <param name="At">When it came, UTC.</param>
/// <param name="Method">GET, POST, …</param>
/// <param name="Path">Path without query.</param>
/// <param name="Range">Value of the Range header; empty without one.</param>
/// <param name="Status">HTTP status of the answer.</param>
/// <param name="Bytes">Bytes of body handed to the connection, also when it was cut before the end.</param>
/// <param name="Who">User that the server took the caller for; empty where that means nothing.</param>
public sealed record Exchange(DateTimeOffset At, string Method, string Path, string Range, int Status, long Bytes, string Who);
