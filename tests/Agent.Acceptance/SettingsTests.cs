namespace Slipway.Acceptance;

/// <summary>The agent's own settings, <c>/etc/slipway/slipway.yaml</c>.</summary>
public sealed class SettingsTests : IDisposable
{
    private const string Settings = "/etc/slipway/slipway.yaml";
    private static readonly string Config = Node.Config(new Uri("http://127.0.0.1:1/"));
    private readonly Node node = new();

    public SettingsTests() => node.Put("/etc/slipway/artifacts.lock", new Release().Lock);

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Mistakes_in_them_are_told_together_with_those_of_the_documents()
    {
        node.Put(Settings, "wait: 5m\nsorces: []\n");
        node.Put("/etc/slipway/node.d/10-node.yaml", Config.Replace("version:", "versoin:", StringComparison.Ordinal));
        (await node.RunAsync("config", "check")).Exits(78)
            .Says("/etc/slipway/slipway.yaml:2:1: sorces: unknown field; did you mean \"sources\"?").Says("10-node.yaml:4:").Says("2 mistakes");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("plan")]
    [InlineData("config", "show")]
    public async Task A_mistake_in_them_stops_what_would_use_them(params string[] command)
    {
        node.Put(Settings, "proxy: {http: 7}\n");
        node.Put("/etc/slipway/node.d/10-node.yaml", Config);
        (await node.RunAsync(command)).Exits(78).Says("slipway.yaml:1:15").Says("config.invalid-value");
    }

    [Fact]
    public async Task They_say_which_sources_are_asked_and_in_which_order()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", Config.Replace("worker-7", "from-cloud-init", StringComparison.Ordinal));
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-1\n");
        node.Put("/var/lib/cloud/seed/nocloud/user-data", Config);
        (await node.RunAsync("config", "check")).Exits(0).Says("from cloud-init:");
        node.Put(Settings, "sources: [nocloud, cloud-init]\n");
        (await node.RunAsync("config", "check")).Exits(0).Says("from nocloud:").Says("worker-7");
    }
}
