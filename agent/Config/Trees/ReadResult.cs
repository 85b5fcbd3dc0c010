namespace Slipway.Config;

/// <summary>What a YAML or JSON text holds: what could be read, and what is wrong with it.</summary>
/// <param name="Documents">The documents that are not empty, in order; also those before a syntax error.</param>
/// <param name="Problems">Syntax errors, duplicate keys, refused constructs; empty when all is well.</param>
internal sealed record ReadResult(IReadOnlyList<ConfigNode> Documents, IReadOnlyList<Problem> Problems);
