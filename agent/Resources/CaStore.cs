using System.Security.Cryptography;
using System.Text;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>How an operating system keeps the CA certificates it trusts.</summary>
/// <param name="Program">Makes the bundle from the folders.</param>
/// <param name="Arguments">Its arguments, to add.</param>
/// <param name="Removing">Its arguments, to take away.</param>
/// <param name="Folder">Where an administrator's certificates lie.</param>
/// <param name="Suffix">What their names end with.</param>
/// <param name="Bundle">What the program makes, and everybody reads.</param>
/// <param name="TakesBundles">Whether a file of that folder may hold several certificates.</param>
internal sealed record CaStore(string Program, string[] Arguments, string[] Removing, string Folder, string Suffix, string Bundle, bool TakesBundles)
{
    // With the certificates' own digest behind it: a name that nobody else uses, and that says whether the content is still ours.
    private const string Prefix = "slipway-ca-";

    // Photon first: nothing else has its script.
    private static readonly CaStore[] Known =
    [
        new("/usr/bin/rehash_ca_certificates.sh", [], [], "/etc/ssl/certs", ".pem", "/etc/pki/tls/certs/ca-bundle.crt", false),
        // update-ca-trust(8), on Red Hat's and Amazon's.
        new("/usr/bin/update-ca-trust", ["extract"], ["extract"], "/etc/pki/ca-trust/source/anchors", ".pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", true),
        // update-ca-certificates(8): without --fresh the links to what is gone stay.
        new("/usr/sbin/update-ca-certificates", [], ["--fresh"], "/usr/local/share/ca-certificates", ".crt", "/etc/ssl/certs/ca-certificates.crt", false),
    ];

    /// <summary>The store of the node; null when it has none.</summary>
    public static CaStore? Find(FileTree files) => Array.Find(Known, store => files.Exists(store.Program));

    /// <summary>What is missing where there is no store.</summary>
    /// <param name="osId"><c>ID</c> of os-release.</param>
    public static Failure Missing(string osId)
    {
        var (program, install) = osId switch
        {
            "photon" => ("rehash_ca_certificates.sh", "tdnf install -y openssl-c_rehash"),
            "debian" or "ubuntu" => ("update-ca-certificates", "apt-get install -y ca-certificates"),
            _ => ("update-ca-trust", "dnf install -y ca-certificates"),
        };
        return new Failure("trust.tool-missing", $"spec.system.trustedCAs: {program}, which adds to the operating system's trusted CAs, is not installed", $"Run: {install}");
    }

    /// <summary>The files for some certificates, by path.</summary>
    /// <param name="certificates">Each in PEM.</param>
    public IReadOnlyDictionary<string, string> Files(IReadOnlyList<string> certificates)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < certificates.Count && !TakesBundles; i++)
        {
            files[PathOf(certificates[i])] = certificates[i];
        }
        if (TakesBundles)
        {
            var all = string.Concat(certificates);
            files[PathOf(all)] = all;
        }
        return files;
    }

    /// <summary>Our files that are there now, by path: those whose name is that of their content. The name is the record, so that one that was
    /// written by a run that was cut off is known too.</summary>
    public IEnumerable<string> Present(FileTree files) => files.List(Folder)
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(name => $"{Folder}/{name}")
        .Where(path => files.Status(path) is { Kind: FileKind.File } && files.ReadText(path) is { } content && PathOf(content) == path);

    private string PathOf(string content) => $"{Folder}/{Prefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 4))}{Suffix}";
}
