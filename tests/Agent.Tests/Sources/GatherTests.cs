using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>Exactly one source is chosen; absent, unreachable and malformed are three different things.</summary>
public sealed class GatherTests : IDisposable
{
    private const string Head = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n";
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Nothing_anywhere_says_why_for_each()
    {
        var nothing = Assert.IsType<Gathered.Nothing>(await GatherAsync());
        Assert.All(["cloud-init:", "nocloud:", "/etc/slipway/node.d", "/usr/lib/slipway/node.d"],
            name => Assert.Contains(nothing.Why, why => why.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Cloud_init_goes_before_a_seed_and_the_seed_tells_why_it_was_not_chosen()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", Head + "  node: {name: one}\n");
        Seed(Head + "  node: {name: two}\n");
        var found = Assert.IsType<Gathered.Found>(await GatherAsync());
        Assert.Equal("cloud-init:", found.Source);
        Assert.Contains("nocloud: comes after cloud-init:", found.NotChosen);
    }

    [Fact]
    public async Task User_data_that_is_for_somebody_else_gives_way_to_the_next_source()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", "#!/bin/sh\n");
        Seed(Head + "  node: {name: two}\n");
        Assert.Equal("nocloud:", Assert.IsType<Gathered.Found>(await GatherAsync()).Source);
    }

    [Fact]
    public async Task An_empty_copy_of_user_data_after_a_power_cut_gives_way_too()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", "");
        Seed(Head + "  node: {name: two}\n");
        Assert.Equal("nocloud:", Assert.IsType<Gathered.Found>(await GatherAsync()).Source);
    }

    [Fact]
    public async Task A_seed_without_metadata_is_no_seed()
    {
        node.Put("/var/lib/cloud/seed/nocloud/user-data", Head + "  node: {name: two}\n");
        Assert.IsType<Gathered.Nothing>(await GatherAsync());
    }

    [Fact]
    public async Task Documents_come_in_their_order_whatever_the_names_of_their_folders()
    {
        node.Put("/etc/slipway/node.d/20-b.yaml", Head + "  node: {name: d}\n");
        node.Put("/etc/slipway/node.d/10-a.json", """{"apiVersion": "slipway.dev/v1alpha1", "kind": "NodeConfig", "spec": {"node": {"name": "c"}}}""");
        node.Put("/etc/slipway/node.d/README", "not a document");
        node.Put("/usr/lib/slipway/node.d/90-image.yml", Head + "  node: {name: a}\n");
        Seed(Head + "  node: {name: b}\n");
        var found = Assert.IsType<Gathered.Found>(await GatherAsync());
        Assert.Equal(4, found.Documents.Count);
        Assert.Equal(["90-image.yml", "user-data", "10-a.json", "20-b.yaml"], found.Documents.Select(document => Path.GetFileName(document.At.File)));
    }

    [Fact]
    public async Task A_broken_drop_in_stops_it()
    {
        Seed(Head + "  node: {name: b}\n");
        node.Put("/etc/slipway/node.d/10-a.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {");
        Assert.NotEmpty(Assert.IsType<Gathered.Wrong>(await GatherAsync()).Problems);
    }

    [Fact]
    public async Task A_named_source_that_is_empty_is_an_error()
    {
        Seed(Head + "  node: {name: b}\n");
        var failed = Assert.IsType<Gathered.Failed>(await GatherAsync(new CloudInitSource()));
        Assert.Equal("config.source-empty", failed.Failure.Code);
        Assert.Equal("nocloud:", Assert.IsType<Gathered.Found>(await GatherAsync(new NoCloudSource())).Source);
    }

    [Fact]
    public async Task The_host_name_of_the_metadata_comes_along()
    {
        Seed(Head + "  kubernetes: {version: 1.36.2}\n");
        Assert.Equal("seeded", Assert.IsType<Gathered.Found>(await GatherAsync()).Instance.LocalHostname);
    }

    [Theory]
    [InlineData("runcmd: [[kubeadm, join, x]]", true)]
    [InlineData("runcmd: ['kubeadm init --config /x']", true)]
    [InlineData("runcmd: ['echo hello']", false)]
    public async Task A_runcmd_that_joins_is_noticed(string line, bool joins)
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", $"#cloud-config\n{line}\nwrite_files:\n- path: /x\n  content: |\n"
            + string.Concat((Head + "  kubernetes: {version: 1.36.2}\n").Split('\n').Select(text => $"    {text}\n")));
        Assert.Equal(joins, Assert.IsType<Gathered.Found>(await GatherAsync()).UserDataJoins);
    }

    [Fact]
    public async Task The_metadata_of_a_source_without_documents_does_not_name_the_node()
    {
        Seed("#!/bin/sh\n");
        node.Put("/etc/slipway/node.d/10-a.yaml", Head + "  kubernetes: {version: 1.36.2}\n");
        Assert.Equal(Slipway.Config.InstanceData.None, Assert.IsType<Gathered.Found>(await GatherAsync()).Instance);
    }

    private void Seed(string userData)
    {
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-1\nlocal-hostname: seeded\n");
        node.Put("/var/lib/cloud/seed/nocloud/user-data", userData);
    }

    private Task<Gathered> GatherAsync(params ConfigSource[] named) => new Gather(node.Host, Wanted.Facts).AllAsync(named, Ct);
}
