namespace Slipway.E2E;

/// <summary>A machine of EC2, by its firmware's names, gets its user data from a metadata service that is as strict as the real one.</summary>
public sealed class MetadataServiceTests : IAsyncDisposable
{
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_machine_of_EC2_joins_through_what_its_metadata_service_goes_through()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        await using var imds = new Imds();
        imds.Content["/latest/user-data"] = Documents.Gzip(UserData.CloudConfig(UserData.NodeConfig(world), world.Lock));
        // The token is refused once for now, and the user data comes at the third time of asking, late.
        imds.Add(new ImdsFault("/latest/api/token", 503));
        imds.Add(new ImdsFault("/latest/user-data", 500));
        imds.Add(new ImdsFault("/latest/user-data", 503));
        imds.Add(new ImdsFault("/latest/user-data", 200) { Delay = TimeSpan.FromSeconds(2) });
        var port = new Uri(imds.Address).Port;
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files =
            [
                .. Agent.Files,
                .. LinkLocal.Files("169.254.169.254", 80, network.HostAddress, port),
                new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile),
            ],
            Dmi = new Dictionary<string, string>
            {
                ["sys_vendor"] = "Amazon EC2",
                ["product_name"] = "m7i.large",
                ["product_uuid"] = "ec2a1b2c-0000-4000-8000-000000000007",
                ["product_serial"] = "ec2a1b2c-0000-4000-8000-000000000007",
            },
            Ports = [.. world.Ports, port],
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);
        var journal = await node.JournalAsync("slipway");
        Assert.Contains("configuration from imds:", journal, StringComparison.Ordinal);
        Assert.StartsWith("PUT /latest/api/token", imds.Asked[0], StringComparison.Ordinal);
        foreach (var token in imds.Tokens)
        {
            await node.AssertKeepsSecretAsync(token, joined: true);
        }

        // An instance without user data has none: that is no error, and nothing to wait for.
        imds.Content.Remove("/latest/user-data");
        var sources = await node.CheckAsync("slipway config sources");
        Assert.Matches(@"(?m)^  imds: +absent", sources);
        Assert.Matches(@"(?m)^  guestinfo: +not-for-this-platform", sources);

        await What_cloud_init_finds_the_agent_finds(node, imds);
    }

    /// <summary>cloud-init asks the same service; it wants the tree of paths that real ones have.</summary>
    private static async Task What_cloud_init_finds_the_agent_finds(Container node, Imds imds)
    {
        var document = Documents.NodeConfig("{{ v1.instance_id }}", "  kubelet: {config: {providerID: 'aws:///{{ ds.meta_data.local_hostname }}/{{ v1.local_hostname }}/{{ v1.region }}'}}");
        imds.Content["/latest/user-data"] = imds.Content["/2009-04-04/user-data"] = Documents.Gzip($"""
            ## template: jinja
            #cloud-config
            write_files:
            - path: /etc/lab.yaml
              content: |
            {Documents.Indented(document, 4)}
            """);
        foreach (var name in (string[])["instance-id", "local-hostname"])
        {
            imds.Content[$"/2009-04-04/meta-data/{name}"] = imds.Content[$"/latest/meta-data/{name}"];
        }
        imds.Content["/2009-04-04/meta-data/"] = "instance-id\nlocal-hostname"u8.ToArray();
        imds.Content["/2009-04-04/dynamic/instance-identity"] = "document"u8.ToArray();
        imds.Content["/2009-04-04/dynamic/instance-identity/document"] = """{"region": "eu-central-1"}"""u8.ToArray();
        await node.WriteAsync("/etc/cloud/cloud.cfg.d/99-ec2.cfg", "datasource_list: [Ec2]\ndatasource: {Ec2: {max_wait: 20, timeout: 5, metadata_urls: ['http://169.254.169.254'], apply_full_imds_network_config: false}}\n");
        // It asks for names that do not exist, to find out whether the name server lies: nobody there is a quick answer.
        await node.WriteAsync("/etc/resolv.conf", "nameserver 127.0.0.1\n");
        // It looks at no firmware in a container, so it has to be told that this is none.
        await node.WriteAsync("/run/cloud-init.py", "import sys\nfrom cloudinit import dmi\nfrom cloudinit.cmd import main\ndmi.is_container = lambda: False\nsys.exit(main.main(['cloud-init', 'init']))\n");
        var run = await node.RunAsync("cloud-init clean --logs && rm -f /run/cloud-init/cloud.cfg && python3 /run/cloud-init.py");
        Assert.True(run.Exit == 0 && (await node.RunAsync("test -e /etc/lab.yaml")).Exit == 0, run.Output + (await node.RunAsync("grep -v DEBUG /var/log/cloud-init.log")).Output);
        var written = await node.FindAsync("file:///etc/lab.yaml");
        Assert.Equal("i-0123456789abcdef0", written.Name);
        Assert.Equal(written.Text, (await node.FindAsync("imds:")).Text);
        Assert.Equal(written.Text, (await node.FindAsync("cloud-init:")).Text);
    }
}
