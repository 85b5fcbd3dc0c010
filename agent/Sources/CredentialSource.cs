using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>A systemd credential: one of our service, else one that the machine was given (SMBIOS, fw_cfg, kernel line, initrd).</summary>
/// <param name="Credential">Its name.</param>
/// <remarks>https://systemd.io/CREDENTIALS/</remarks>
internal sealed record CredentialSource(string Credential) : ConfigSource($"credential:{Credential}")
{
    /// <summary>The name that is looked for where no source is named.</summary>
    public const string Default = "slipway.config";

    /// <summary>Whether a name is one that systemd takes; it becomes a file's name.</summary>
    public static bool IsName(string name) => name is { Length: > 0 and <= 255 } and not "." and not ".." && !name.Contains('/', StringComparison.Ordinal);

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct) => Task.FromResult(Read(host.Files, Credential) is { } bytes
        ? Decode(bytes, null, $"credential {Credential}")
        : new SourceResult.Absent($"neither the service nor the machine has a credential {Credential}"));

    /// <summary>A credential's content: the service's, else the machine's; null where neither has it.</summary>
    public static byte[]? Read(FileTree files, string name)
    {
        foreach (var folder in (string?[])[FileTree.CredentialsDirectory, "/run/credentials/@system"])
        {
            if (folder is not null && files.ReadBytes($"{folder}/{name}", PayloadDecoder.MaxBytes) is { } bytes)
            {
                return bytes;
            }
        }
        return null;
    }
}
