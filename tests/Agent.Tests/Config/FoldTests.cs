using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class FoldTests
{
    [Fact]
    public void A_present_false_wins_over_an_earlier_true() =>
        Assert.False(Merged("node: {setHostname: true}", "node: {setHostname: false}").Node!.SetHostname);

    [Fact]
    public void A_present_empty_text_and_an_empty_list_win()
    {
        NodeConfig config = Merged("runtime: {sandboxImage: a}\nnode: {taints: [\"a=b:NoSchedule\"]}", "runtime: {sandboxImage: \"\"}\nnode: {taints: []}");
        Assert.Equal("", config.Runtime!.SandboxImage);
        Assert.Empty(config.Node!.Taints!);
    }

    [Fact]
    public void A_present_zero_wins() =>
        Assert.Contains("\"podPidsLimit\":0", Json("kubelet: {config: {podPidsLimit: 100}}", "kubelet: {config: {podPidsLimit: 0}}"), StringComparison.Ordinal);

    [Fact]
    public void Null_unsets_and_is_not_the_empty_list()
    {
        NodeConfig config = Merged("node: {name: a, taints: []}", "node: {taints: null}");
        Assert.Null(config.Node!.Taints);
        Assert.Equal("a", config.Node.Name);
        Assert.Null(Merged("node: {name: a}\nproxy: {http: \"http://p:1\"}", "proxy: null").Proxy);
    }

    [Fact]
    public void Mappings_merge_and_lists_are_replaced()
    {
        NodeConfig config = Merged("node: {labels: {a: \"1\", b: \"2\"}}\nimages: {pull: [x]}", "node: {labels: {b: \"3\", c: \"4\"}}\nimages: {pull: [y]}");
        Assert.Equal("a=1 b=3 c=4", string.Join(' ', config.Node!.Labels!.Select(l => $"{l.Key}={l.Value}")));
        Assert.Equal(["y"], config.Images!.Pull!);
    }

    [Fact]
    public void Kubelet_flags_append_and_null_clears_them()
    {
        Assert.Equal(["--a", "--b"], Merged("kubelet: {flags: [--a]}", "kubelet: {flags: [--b]}").Kubelet!.Flags!);
        Assert.Equal(["--c"], Merged("kubelet: {flags: [--a]}", "kubelet: {flags: null}", "kubelet: {flags: [--c]}").Kubelet!.Flags!);
    }

    [Fact]
    public void A_secret_is_one_leaf()
    {
        const string Join = "join: {mode: prepare, kubeadm: {join: {token: ";
        SecretRef? token = Merged(Join + Documents.CanaryToken + "}}}", Join + "{fromFile: /t}}}}").Join!.Kubeadm!.Join!.Token;
        Assert.Equal("/t", Assert.IsType<SecretRef.FromFile>(token).Path);
        token = Merged(Join + "{fromFile: /t}}}}", Join + "{fromCredential: c}}}}").Join!.Kubeadm!.Join!.Token;
        Assert.Equal("c", Assert.IsType<SecretRef.FromCredential>(token).Name);
    }

    [Fact]
    public void Every_value_keeps_the_place_it_came_from()
    {
        MappingNode merged = Fold.Documents([Documents.Spec("node: {name: a, setHostname: true}", "one"), Documents.Spec("node: {name: b}", "two")]);
        Assert.Equal(["one", "two"], ConfigLeaf.Of(merged).Where(l => l.Path.StartsWith("spec.node.", StringComparison.Ordinal))
            .Select(l => l.Node.At.File).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Merging_with_an_empty_document_changes_nothing()
    {
        MappingNode worker = Documents.Tree(Documents.Worker);
        string id = NodeConfigJson.Id(Fold.Documents([worker]));
        MappingNode empty = Documents.Tree("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {}\n");
        Assert.Equal(id, NodeConfigJson.Id(Fold.Documents([worker, empty])));
        Assert.Equal(id, NodeConfigJson.Id(Fold.Documents([empty, worker])));
        Assert.Equal(id, NodeConfigJson.Id(Fold.Documents([worker, worker])));
    }

    private static NodeConfig Merged(params string[] specs) =>
        Documents.Valid([.. specs.Append("join: {mode: prepare}").Select(s => Documents.Spec(s))]).Config;

    private static string Json(params string[] specs) =>
        System.Text.Encoding.UTF8.GetString(NodeConfigJson.Write(Fold.Documents([.. specs.Select(s => Documents.Spec(s))])));
}
