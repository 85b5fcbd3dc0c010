namespace Slipway.Tests.Support;

/// <summary>An OpenPGP key of a test's own, made and used by the real gpg.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("slipway-gpg-").FullName;

    public SigningKey(string name = "Test archive")
    {
        Gpg($"--batch --passphrase '' --quick-gen-key '{name} <archive@test.example>' rsa2048 sign never");
        Fingerprint = Gpg("--with-colons --list-keys").Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
        Public = Gpg("--armor --export");
    }

    /// <summary>As gpg prints it: 40 upper-case hex digits.</summary>
    public string Fingerprint { get; }

    /// <summary>The armoured public key.</summary>
    public string Public { get; }

    /// <summary>Runs gpg with this key ring alone.</summary>
    public string Gpg(string arguments, string folder = "/") => Shell.Run($"gpg --quiet --no-tty {arguments}", folder, ("GNUPGHOME", home));

    public void Dispose()
    {
        Shell.Try("gpgconf --kill all", "/", ("GNUPGHOME", home));
        Directory.Delete(home, recursive: true);
    }
}
