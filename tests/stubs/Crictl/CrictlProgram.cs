using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Crictl;

/// <summary>The questions an agent asks crictl, put to the runtime's real CRI socket.</summary>
internal static class CrictlProgram
{
    private static readonly HashSet<string> TextFlags = ["runtime-endpoint", "image-endpoint", "timeout", "config", "output"];
    private static readonly HashSet<string> Switches = ["debug", "all", "quiet", "no-trunc"];
    private static readonly Shape ConfigShape = Shape.Object(
        ("runtime-endpoint", Shape.Text), ("image-endpoint", Shape.Text), ("timeout", Shape.Any), ("debug", Shape.Flag),
        ("pull-image-on-create", Shape.Flag), ("disable-pull-on-run", Shape.Flag));

    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            return await AnswerAsync(args).ConfigureAwait(false);
        }
        catch (FatalException e)
        {
            Console.Error.WriteLine($"FATA[0000] {e.Message}");
            return 1;
        }
    }

    private static async Task<int> AnswerAsync(string[] args)
    {
        switch (args)
        {
            case ["--version" or "-v"]:
                Console.WriteLine($"crictl version {StandIn.Version}");
                return 0;
            case [] or ["-h" or "--help" or "help", ..]:
                Console.WriteLine($"{StandIn.Banner}\nUsage: crictl [--runtime-endpoint unix://PATH] version|info|ps|pods|images");
                return 0;
        }
        Flags flags = Flags.Parse(args, TextFlags, Switches, new Dictionary<char, string> { ['r'] = "runtime-endpoint", ['c'] = "config", ['t'] = "timeout", ['o'] = "output", ['a'] = "all", ['q'] = "quiet", ['D'] = "debug" });
        string endpoint = flags.Get("runtime-endpoint", Configured(flags.Get("config", "/etc/crictl.yaml"), flags.Has("config")));
        switch (flags.Arguments)
        {
            case ["version"]:
                (string name, string version, string api) = await ConnectAsync(endpoint).ConfigureAwait(false);
                Console.WriteLine($"Version:  0.1.0\nRuntimeName:  {name}\nRuntimeVersion:  {version}\nRuntimeApiVersion:  {api}");
                return 0;
            case ["info"]:
                await ConnectAsync(endpoint).ConfigureAwait(false);
                JsonArray conditions = [.. (await Cri.ConditionsAsync(endpoint).ConfigureAwait(false)).Select(JsonNode (c) => new JsonObject { ["type"] = c.Type, ["status"] = c.Status, ["message"] = c.Message })];
                Console.WriteLine(new JsonObject { ["status"] = new JsonObject { ["conditions"] = conditions } }.ToJsonString());
                return 0;
            case ["ps" or "pods" or "images" or "img"]:
                await ConnectAsync(endpoint).ConfigureAwait(false);
                (string service, string method, string header) = flags.Arguments[0] switch
                {
                    "ps" => ("runtime.v1.RuntimeService", "ListContainers", "CONTAINER           IMAGE               CREATED             STATE               NAME"),
                    "pods" => ("runtime.v1.RuntimeService", "ListPodSandbox", "POD ID              CREATED             STATE               NAME"),
                    _ => ("runtime.v1.ImageService", "ListImages", "IMAGE               TAG                 IMAGE ID            SIZE"),
                };
                int count = await Cri.CountAsync(endpoint, service, method).ConfigureAwait(false);
                Console.WriteLine($"{header}\n(stand-in: {count} entries, not listed)");
                return 0;
            default:
                throw new FatalException(
                    $"unknown command \"{string.Join(' ', flags.Arguments)}\" (the stand-in knows version, info, ps, pods, images)");
        }
    }

    private static async Task<(string Name, string Version, string ApiVersion)> ConnectAsync(string endpoint)
    {
        try
        {
            return await Cri.VersionAsync(endpoint).ConfigureAwait(false);
        }
        catch (FatalException e)
        {
            throw new FatalException($"validate service connection: validate CRI v1 runtime API for endpoint \"{endpoint}\": {e.Message}");
        }
    }

    private static string Configured(string path, bool isGiven)
    {
        const string standard = "unix:///run/containerd/containerd.sock";
        if (!File.Exists(path))
        {
            return isGiven ? throw new FatalException($"loading config file: load config file: stat {path}: no such file or directory") : standard;
        }
        List<JsonObject> documents = Yaml.ReadAll(File.ReadAllText(path));
        if (documents.Count == 0)
        {
            return standard;
        }
        string[] errors = [.. ConfigShape.Check(documents[0])];
        return errors.Length > 0 ? throw new FatalException($"loading config file: {string.Join(", ", errors)}")
            : documents[0]["runtime-endpoint"]?.GetValue<string>() is { Length: > 0 } endpoint ? endpoint : standard;
    }
}
