using System.Text;

namespace Slipway.Stubs.Common;

/// <summary>What this program knows about itself: that it is a stand-in, and for which version.</summary>
internal static class StandIn
{
    /// <summary>Length of the version trailer at the end of the executable file, in bytes.</summary>
    public const int TrailerLength = 64;

    /// <summary>How the trailer begins; the version follows, a NUL, the program's name, then NULs up to <see cref="TrailerLength"/>.</summary>
    public const string TrailerPrefix = "SLIPWAY-STANDIN-VERSION=";

    /// <summary>First line of every help text, so that nobody takes it for the real program.</summary>
    public const string Banner = "This is Slipway's test stand-in, not the real program (tests/stubs/README.md).";

    private static readonly string[] Stamp = ReadTrailer();

    /// <summary>The version stamped onto this file: a trailer, so that each version is a different file with a different digest.</summary>
    public static KubernetesVersion Version { get; } = KubernetesVersion.Parse(Stamp[0]);

    /// <summary>The program that this file stands in for; empty on an unstamped file, which goes by the name it is started by.</summary>
    public static string Name => Stamp.Length > 1 ? Stamp[1] : "";

    /// <summary>Tells a caller who started it by an unknown name what it can be.</summary>
    public static int Usage(string name)
    {
        Console.Error.WriteLine($"{Banner}\n\"{name}\" is none of kubeadm, kubelet, crictl, vmx. Link it to one of these names, or run: slipway-standin as NAME ARGS");
        return 64;
    }

    private static string[] ReadTrailer()
    {
        string[] unstamped = ["v0.0.0"];
        using FileStream self = File.OpenRead("/proc/self/exe");
        if (self.Length < TrailerLength)
        {
            return unstamped;
        }
        byte[] trailer = new byte[TrailerLength];
        self.Seek(-TrailerLength, SeekOrigin.End);
        self.ReadExactly(trailer);
        string text = Encoding.ASCII.GetString(trailer).TrimEnd('\0');
        return text.StartsWith(TrailerPrefix, StringComparison.Ordinal) ? text[TrailerPrefix.Length..].Split('\0') : unstamped;
    }
}
