namespace Slipway.Artifacts;

/// <summary>A program in a staging folder.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record StagedProgram(string Name, long Size, string Sha256);
