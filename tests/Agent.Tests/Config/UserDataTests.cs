using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class UserDataTests
{
    [Fact]
    public void User_data_can_be_a_NodeConfig_as_a_whole()
    {
        UserDataResult.Found found = Find(Documents.Worker + "---\n" + Documents.Worker);
        Assert.Equal(2, found.Documents.Count);
        Assert.Equal("nocloud:", found.Documents[0].At.Source);
        Assert.Single(Find("{\"apiVersion\": \"slipway.dev/v1alpha1\", \"kind\": \"NodeConfig\"}").Documents);
        byte[] packed = Documents.Gzip(Encoding.UTF8.GetBytes(Documents.Worker));
        Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(packed, Documents.Origin));
    }

    [Theory]
    [InlineData("|")]
    [InlineData("|-")]
    [InlineData("|4  # comment")]
    public void Places_in_a_literal_block_are_places_in_the_user_data(string style)
    {
        string text = $"""
            #cloud-config
            write_files:
            - path: /etc/other
              content: |
                hello
            - path: /etc/slipway/x.yaml
              content: {style}

                  # a comment
                  apiVersion: slipway.dev/v1alpha1
                  kind: NodeConfig
                  spec:
                    kubernets: {"{}"}
            """.Replace("|4", "|4", StringComparison.Ordinal);
        Problem problem = Documents.Problems([.. Find(text).Documents])[0];
        Assert.Equal("user-data (write_files[1] /etc/slipway/x.yaml):13:9: spec.kubernets",
            problem.ToString().Split(": unknown")[0]);
    }

    [Theory]
    [InlineData("b64")]
    [InlineData("gz+base64")]
    public void Places_in_encoded_content_are_said_to_be(string encoding)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Documents.Worker.Replace("kubernetes:", "kubernets:", StringComparison.Ordinal));
        string content = Convert.ToBase64String(encoding == "b64" ? bytes : Documents.Gzip(bytes));
        UserDataResult.Found found = Find($"#cloud-config\nwrite_files:\n- {{path: /x, encoding: {encoding}, content: \"{content}\"}}\n");
        Assert.StartsWith($"user-data (write_files[0] /x, {encoding} decoded):4:3:", Documents.Problems([.. found.Documents])[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_gzip_content_and_a_folded_block_are_read()
    {
        UserDataResult.Found found = Find("#cloud-config\nwrite_files:\n- path: /x\n  content: >\n    {\"apiVersion\": \"slipway.dev/v1alpha1\",\n    \"kind\": \"NodeConfig\"}\n");
        Assert.Contains("lines of its content", found.Documents[0].At.File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("---")]
    [InlineData("#!/bin/sh\necho slipway.dev/v1alpha1 NodeConfig\n")]
    [InlineData("#cloud-config\n")]
    [InlineData("#cloud-config\nusers: [a]\nusers: [b]\n")]
    [InlineData("#cloud-config\nwrite_files: [{path: /a.sh, content: \"#!/bin/sh\\napiVersion: slipway.dev/v1alpha1: {\"}]\n")]
    [InlineData("#include\nhttps://example/\n")]
    [InlineData("{\"ignition\": {\"version\": \"3.4.0\"}}")]
    [InlineData("some: yaml\n")]
    [InlineData("key = value: [\n")]
    public void What_is_not_for_Slipway_is_absent(string text) =>
        Assert.IsType<UserDataResult.NoDocuments>(UserData.FindDocuments(text, Documents.Origin));

    [Theory]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {\n")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nkind: NodeConfig\n")]
    [InlineData("#cloud-config\na: [\n")]
    [InlineData("#cloud-config\nwrite_files: [{path: /x, encoding: b64, content: \"!!\"}]\n")]
    [InlineData("#cloud-config\nwrite_files: [{path: /x, encoding: rot13, content: \"a\"}]\n")]
    public void What_is_for_Slipway_and_broken_is_malformed(string text) =>
        Assert.IsType<UserDataResult.Malformed>(UserData.FindDocuments(text, Documents.Origin));

    [Fact]
    public void Duplicates_and_unknown_fields_are_reported_together()
    {
        var malformed = Assert.IsType<UserDataResult.Malformed>(UserData.FindDocuments(Documents.Worker + "  nod: {}\n  node: {}\n", Documents.Origin));
        Assert.Equal(["config.duplicate-field", "config.unknown-field"], malformed.Problems.Select(p => p.Code));
    }

    [Fact]
    public void Documents_for_the_user_datas_own_kubeadm_are_found_with_its_join()
    {
        UserDataResult result = UserData.FindDocuments("#cloud-config\nwrite_files: [{path: /x, content: \"apiVersion: kubeadm.k8s.io/v1beta4\\nkind: JoinConfiguration\\n\"}]\nruncmd: [kubeadm join]\n", Documents.Origin);
        Assert.True(Assert.IsType<UserDataResult.Found>(result).HasRuncmdJoin);
    }

    private static UserDataResult.Found Find(string text)
    {
        UserDataResult result = UserData.FindDocuments(Encoding.UTF8.GetBytes(text), Documents.Origin);
        return result is UserDataResult.Found found
            ? found
            : throw new InvalidOperationException($"{result.GetType().Name} {string.Join('\n', (result as UserDataResult.Malformed)?.Problems ?? [])}");
    }
}
