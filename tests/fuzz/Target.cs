using System.Runtime.InteropServices;
using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Fuzz;

/// <summary>A way into the configuration code.</summary>
/// <param name="Name">As <c>--target</c> takes it.</param>
/// <param name="Kinds">The kinds of input it starts from: folders of the corpus, and what <see cref="Generator.Make"/> makes.</param>
/// <param name="Read">
/// Reads an input: what is measured. Returns the checks of what was read, which throw for a broken promise and return what came of the
/// input, roughly.
/// </param>
internal sealed record Target(string Name, string[] Kinds, Func<byte[], Func<string>> Read)
{
    private static readonly TextOrigin Origin = new("fuzz:", "input");

    /// <summary>Every target. One more is one line more.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new("decode", ["payload"], input => Decode(input, null)),
        new("decode-base64", ["payload"], input => Decode(input, "base64")),
        new("decode-gzip", ["payload"], input => Decode(input, "gz+b64")),
        new("yaml", ["yaml", "node-config", "cloud-config"], input => Tree(input, foreign: false)),
        new("foreign-yaml", ["yaml", "cloud-config"], input => Tree(input, foreign: true)),
        new("json", ["json"], input => Tree(input, foreign: false)),
        new("node-config", ["node-config", "json"], UserData),
        new("data-map", ["data-map"], DataMap),
        new("kernel-line", ["kernel-line"], KernelLine),
        new("ovf", ["ovf"], Ovf),
        new("settings", ["settings"], Settings),
        new("user-data", ["cloud-config", "user-data", "payload", "mime", "jinja"], UserData),
        new("mime", ["mime"], Mime),
        new("jinja", ["jinja"], Jinja),
        new("eks", ["eks"], UserData),
        new("kubeadm", ["kubeadm"], UserData),
    ];

    private static Func<string> Tree(byte[] input, bool foreign)
    {
        ReadResult read = YamlReader.Read(Encoding.UTF8.GetString(input), Origin, foreign);
        return () => Promises.Tree(read);
    }

    private static Func<string> Decode(byte[] input, string? encoding)
    {
        DecodeResult result = PayloadDecoder.Decode(input, encoding);
        return () =>
        {
            BrokenPromise.Unless(result is not DecodeResult.Decoded { Bytes.Length: > PayloadDecoder.MaxBytes }, "more was decoded than is allowed");
            Promises.AsOthersDecode(input, encoding is not null, (result as DecodeResult.Decoded)?.Bytes);
            return result is DecodeResult.Undecodable { Failure: var failure }
                ? Promises.Problems([new Problem(Origin.At(1, 1), "", failure.Code, failure.What)])
                : string.Join(';', ((DecodeResult.Decoded)result).Warnings);
        };
    }

    /// <summary>A hypervisor's reply; and what is sent reads back as itself.</summary>
    private static Func<string> DataMap(byte[] input)
    {
        byte[]? payload = Hosting.DataMap.Payload(input, out string wrong);
        return () =>
        {
            BrokenPromise.Unless(payload is not null || wrong.Length is > 0 and < 200, "refused without a reason");
            BrokenPromise.Unless(
                input.Length == 0 || Hosting.DataMap.Payload(Hosting.DataMap.Encode(input).AsSpan(4), out _).AsSpan().SequenceEqual(input), "what is sent reads back as something else");
            return payload is null ? string.Concat(wrong.Where(char.IsAsciiLetter)) : "payload";
        };
    }

    /// <summary>The kernel line and the serial number of a machine.</summary>
    private static Func<string> KernelLine(byte[] input)
    {
        File.WriteAllBytes(Path.Join(Node.Value, "proc/cmdline"), input);
        File.WriteAllBytes(Path.Join(Node.Value, "sys/class/dmi/id/product_serial"), input);
        var files = new FileTree(Node.Value);
        Sources.NoCloudLine line = Sources.NoCloudLine.Read(files);
        IReadOnlyList<string> words = Sources.KernelLine.Words(files);
        return () =>
        {
            BrokenPromise.Unless(words.All(word => word.Length > 0 && !word.Contains('"', StringComparison.Ordinal)), "an empty word, or one with its quotes");
            BrokenPromise.Unless(line.Seed is not "", "a seed that is given and empty");
            return $"{Math.Min(words.Count, 5)} {line.Where} {string.Join(' ', line.Values.Keys.Where(k => k.Length < 15).Order(StringComparer.Ordinal).Take(4))}";
        };
    }

    /// <summary>An OVF environment. What is wrong with it is said by the one exception it has for that.</summary>
    private static Func<string> Ovf(byte[] input)
    {
        try
        {
            IReadOnlyDictionary<string, string> properties = Sources.OvfEnvironment.Read(input);
            return () => string.Join(' ', properties.Keys.Where(k => k.Length < 15).Order(StringComparer.Ordinal).Take(4));
        }
        catch (FailureException refused)
        {
            return () => Promises.Problems([new Problem(Origin.At(1, 1), "", refused.Failure.Code, refused.Failure.What)]);
        }
    }

    private static Func<string> Settings(byte[] input)
    {
        Config.Settings settings = Config.Settings.Read(input);
        return () => settings.Problems.Count > 0
            ? Promises.Problems(settings.Problems)
            : $"{settings.Sources?.Count} {settings.Proxy is null} {settings.TrustedCAs?.Length > 0} {settings.GuestinfoContextId == 0}";
    }

    // In memory where the system has such a place: a file an input.
    private static readonly Lazy<string> Node = new(() =>
    {
        string root = Path.Join(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"slipway-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(Path.Join(root, "proc"));
        Directory.CreateDirectory(Path.Join(root, "sys/class/dmi/id"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    });

    /// <summary>A message taken apart; every part is a piece of it, after as many lines as it says.</summary>
    private static Func<string> Mime(byte[] input)
    {
        MimeReader.Message message = MimeReader.Read(input, Origin);
        DecodeResult[] contents = [.. message.Parts.Select(part => part.Decode())];
        return () =>
        {
            BrokenPromise.Unless(message.Parts.DistinctBy(part => part.Number).Count() == message.Parts.Count, "two parts of one number");
            int at = 0;
            int lines = 0;
            foreach (MimePart part in message.Parts)
            {
                BrokenPromise.Unless(part.Type.Length < 300 && !part.Type.Any(c => c is <= ' ' or > '~'), "a media type that does not fit into a message");
                BrokenPromise.Unless(MemoryMarshal.TryGetArray(part.Body, out ArraySegment<byte> body) && body.Array == input && body.Offset >= at, "parts that overlap");
                for (; at < body.Offset; at++)
                {
                    lines += input[at] == '\n' || (input[at] == '\r' && (at + 1 == input.Length || input[at + 1] != '\n')) ? 1 : 0;
                }

                // The last header of a part without content ends where the part does.
                BrokenPromise.Unless(part.LinesBefore == lines || (part.Body.IsEmpty && part.LinesBefore == lines + 1), "a part that begins in another line than it says");
            }

            return Promises.Problems(message.Oddities) + Promises.Problems(message.Refused is { } refused ? [refused] : []) + message.IsWhole
                + Promises.Problems([.. contents.OfType<DecodeResult.Undecodable>().Select(bad => new Problem(Origin.At(1, 1), "", bad.Failure.Code, bad.Failure.What))])
                + string.Join(' ', message.Parts.Take(4).Select(part => $"{part.Number} {part.TransferEncoding}"));
        };
    }

    /// <summary>A template rendered; every line of it comes from a line that there was.</summary>
    private static Func<string> Jinja(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        JinjaTemplate.Rendering rendering = JinjaTemplate.Render(text, Origin, Generator.Instance);
        return () =>
        {
            int most = text.Count(c => c == '\n') + 1;
            int lines = Math.Min(rendering.Text.AsSpan().Count('\n') + 1, 2000);
            for (int line = 1; line <= lines; line++)
            {
                BrokenPromise.Unless(rendering.Origin.At(line, 1).Line is var from && from > 0 && from <= most, "a line that comes from nowhere");
            }

            BrokenPromise.Unless(text.Contains('{', StringComparison.Ordinal) || rendering.Text == text, "a text without expressions was changed");
            return Promises.Problems([.. rendering.Gaps.Select(gap => gap.ToProblem())]) + rendering.In(rendering.Text).Count + rendering.Around(1, 3).Count();
        };
    }

    /// <summary>The whole chain: bytes as a source gives them, to the typed configuration.</summary>
    private static Func<string> UserData(byte[] input)
    {
        UserDataResult result = Config.UserData.FindDocuments(input, Origin, Generator.Instance);
        NodeConfigResult? config = result is UserDataResult.Found found ? NodeConfigReader.Read(found.Documents, found.HasRuncmdJoin) : null;
        return () => Promises.Problems(result.Warnings) + Promises.Problems(config?.Warnings ?? []) + Promises.Problems(config?.Unsupported ?? []) + result switch
        {
            UserDataResult.Malformed malformed => Promises.SomeProblems(malformed.Problems),
            UserDataResult.NoDocuments none => $"{none.HasRuncmdJoin} {none.Why.AsSpan(0, Math.Min(none.Why.Length, 30))}",
            _ when config is NodeConfigResult.Invalid invalid => Promises.SomeProblems(invalid.Problems),
            _ => Promises.Valid((NodeConfigResult.Valid)config!),
        };
    }
}
