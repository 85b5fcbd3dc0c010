using Slipway.Stubs.Common;
using Slipway.Stubs.Crictl;
using Slipway.Stubs.Kubeadm;
using Slipway.Stubs.Kubelet;

// The name it was started by says which program it stands in for; "as NAME" in front of the arguments overrides that.
string[] words = args;
string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
if (words is ["as", var wanted, ..])
{
    name = wanted;
    words = words[2..];
}
return name switch
{
    "kubeadm" => await KubeadmProgram.RunAsync(words).ConfigureAwait(false),
    "kubelet" => await KubeletProgram.RunAsync(words).ConfigureAwait(false),
    "crictl" => await CrictlProgram.RunAsync(words).ConfigureAwait(false),
    _ => StandIn.Usage(name),
};
