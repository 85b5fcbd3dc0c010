using Slipway.Stubs.Common;
using Slipway.Stubs.Crictl;
using Slipway.Stubs.Hypervisor;
using Slipway.Stubs.Kubeadm;
using Slipway.Stubs.Kubelet;

// Its stamp says which program it stands in for, whatever the file is called (a kubelet installed as kubeadm shows itself);
// an unstamped one goes by its file name, and "as NAME" in front of the arguments overrides both.
string[] words = args;
string name = StandIn.Name.Length > 0 ? StandIn.Name : Path.GetFileName(Environment.GetCommandLineArgs()[0]);
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
    "vmx" => VmxProgram.Run(words),
    _ => StandIn.Usage(name),
};
