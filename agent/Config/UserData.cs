using System.Text;

namespace Slipway.Config;

/// <summary>Finds NodeConfig documents in user data, whatever cloud-init would make of it.</summary>
internal static class UserData
{
    // cloud-init's own list: https://cloudinit.readthedocs.io/en/latest/explanation/format.html
    private static readonly Dictionary<string, string> OthersByStart = new(StringComparer.Ordinal)
    {
        ["#!"] = "a script",
        ["#include"] = "a list of addresses for cloud-init",
        ["#cloud-boothook"] = "a boot hook for cloud-init",
        ["#part-handler"] = "a part handler for cloud-init",
        ["#upstart-job"] = "an upstart job",
        ["#cloud-config-jsonp"] = "a JSON patch for cloud-init",
    };

    /// <summary>Looks for documents in bytes that a source delivered.</summary>
    /// <param name="bytes">The user data; gzip is unpacked, other encodings have been undone before.</param>
    /// <param name="origin">The source, and the name for messages, such as <c>user-data</c>.</param>
    /// <param name="instance">What its source says of the machine, for templates.</param>
    public static UserDataResult FindDocuments(ReadOnlyMemory<byte> bytes, TextOrigin origin, InstanceData? instance = null)
    {
        switch (PayloadDecoder.Decode(bytes, ""))
        {
            case DecodeResult.Decoded decoded when Utf8Text.Decode(decoded.Bytes.Span, origin, out Problem? problem) is var text:
                return text is null ? new UserDataResult.Malformed([problem!], false, []) : FindDocuments(text, origin, instance);
            case DecodeResult.Undecodable bad:
                return new UserDataResult.Malformed([new Problem(origin.At(1, 1), "", bad.Failure.Code, bad.Failure.What)], false, []);
            default:
                throw new InvalidOperationException("a payload is decoded or it is not");
        }
    }

    /// <summary>Looks for documents in a text.</summary>
    /// <param name="text">The user data.</param>
    /// <param name="origin">The source, and the name for messages.</param>
    /// <param name="instance">What its source says of the machine, for templates.</param>
    public static UserDataResult FindDocuments(string text, TextOrigin origin, InstanceData? instance = null)
    {
        text = text.TrimStart('\uFEFF');
        string trimmed = text.Trim();
        if (trimmed is "" or "---")
        {
            return None(trimmed.Length == 0 ? "empty" : "redacted: \"---\"");
        }

        string[] heading = [.. trimmed.Split('\n', 3).Take(2).Select(line => line.Trim().ToLowerInvariant())];
        bool template = heading[0].StartsWith("## template:", StringComparison.Ordinal) && heading.Length > 1;
        string first = template ? heading[1] : heading[0];
        if (first.StartsWith("#cloud-config-archive", StringComparison.Ordinal))
        {
            return Unsupported(origin, "a #cloud-config-archive");
        }

        if (OthersByStart.Keys.FirstOrDefault(start => first.StartsWith(start, StringComparison.Ordinal)) is { } other)
        {
            return None(OthersByStart[other]);
        }

        if (first.StartsWith("#cloud-config", StringComparison.Ordinal))
        {
            return CloudConfig.Read(text, origin, template);
        }

        // cloud-init looks for this header in the first 4096 bytes.
        string start = text[..Math.Min(text.Length, 4096)];
        bool mime = start.Split('\n').TakeWhile(line => line.Trim().Length > 0)
            .Any(line => line.StartsWith("mime-version:", StringComparison.OrdinalIgnoreCase)
                || line.StartsWith("content-type: multipart/", StringComparison.OrdinalIgnoreCase));
        return mime ? Unsupported(origin, "MIME multipart user data") : WholeText(text, origin);
    }

    private static UserDataResult WholeText(string text, TextOrigin origin)
    {
        ReadResult result = YamlReader.Read(text, origin);
        ConfigNode[] ours = [.. result.Documents.Where(d => DocumentKinds.Of(d) != DocumentKind.Other)];
        if (result.Problems.Count > 0)
        {
            return ours.Length > 0 || DocumentKinds.Mentions(text)
                ? new UserDataResult.Malformed([.. result.Problems, .. ours.SelectMany(document => NodeConfigReader.Check(document))], false, [])
                : None($"neither a NodeConfig nor a #cloud-config ({result.Problems[0].Message})");
        }

        if (ours.Length == 0)
        {
            return None("neither a NodeConfig nor a #cloud-config");
        }

        Problem[] strangers = [.. result.Documents.Except(ours).Select(d => new Problem(d.At, "", "config.kind-unsupported",
            "a document of another kind among NodeConfigs", $"{NodeConfigSchema.ApiVersion} {NodeConfigSchema.Kind}"))];
        return strangers.Length > 0 ? new UserDataResult.Malformed(strangers, false, []) : new UserDataResult.Found(ours, false, []);
    }

    private static UserDataResult.NoDocuments None(string why) => new(why, false, []);

    private static UserDataResult.Unsupported Unsupported(TextOrigin origin, string what) => new(
        new Problem(origin.At(1, 1), "", "config.kind-unsupported", $"{what} is not read by this version", "a NodeConfig, or a #cloud-config with one in write_files"),
        false, []);
}
