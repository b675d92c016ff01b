package check

import (
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/robfig/cron/v3"
)

func TestKubernetesSyncsEveryNight(t *testing.T) {
	c := production(t)
	job := c.cronJobs[0].Spec
	if job.Schedule != "0 1 * * *" || job.ConcurrencyPolicy != batchv1.ForbidConcurrent || job.StartingDeadlineSeconds == nil {
		t.Errorf("it syncs %q, %s, at the latest %v seconds late", job.Schedule, job.ConcurrencyPolicy, job.StartingDeadlineSeconds)
	}
	if _, err := cron.ParseStandard(job.Schedule); err != nil {
		t.Error(err)
	}
	if job.TimeZone == nil || *job.TimeZone != "America/New_York" {
		t.Errorf("by the clock of %v: the overlay says otherwise", job.TimeZone)
	} else if _, err := time.LoadLocation(*job.TimeZone); err != nil {
		t.Error(err)
	}
	container := job.JobTemplate.Spec.Template.Spec.Containers[0]
	if !slices.Equal(container.Command, []string{"producer", "sync", "--once"}) {
		t.Errorf("it runs %v", container.Command)
	}
}

// A sync that is not resumed would be ended by a deadline again and again, if it took longer: it has none, and while it runs no other is started. Each is
// where it can be looked at.
func TestKubernetesLetsSyncsFinish(t *testing.T) {
	c := production(t, components...)
	if job := c.cronJobs[0].Spec; job.ConcurrencyPolicy != batchv1.ForbidConcurrent {
		t.Errorf("syncs may overlap: %s", job.ConcurrencyPolicy)
	}
	for name, job := range jobs(c) {
		if job.ActiveDeadlineSeconds != nil || job.Template.Spec.ActiveDeadlineSeconds != nil {
			t.Errorf("%s is ended after %v seconds", name, job.ActiveDeadlineSeconds)
		}
		container := job.Template.Spec.Containers[0]
		if !slices.Contains(container.Env, corev1.EnvVar{Name: "HTTP_ADDR", Value: "0.0.0.0:9090"}) || !hasPort(container, intstr.FromString("http")) {
			t.Errorf("%s cannot be looked at: %v, %v", name, container.Env, container.Ports)
		}
	}
}

// jobs are the jobs of a cluster, by name.
func jobs(c cluster) map[string]batchv1.JobSpec {
	found := make(map[string]batchv1.JobSpec)
	for _, j := range c.cronJobs {
		found[j.Name] = j.Spec.JobTemplate.Spec
	}
	for _, j := range c.jobs {
		found[j.Name] = j.Spec
	}
	return found
}

// An exit code that no repetition mends ends a job at once; a drained node is no failure; everything else is tried again.
func TestKubernetesJobsHeedExitCodes(t *testing.T) {
	for name, job := range jobs(production(t, components...)) {
		if job.Template.Spec.RestartPolicy != corev1.RestartPolicyNever || job.BackoffLimit == nil || *job.BackoffLimit < 1 || job.PodFailurePolicy == nil {
			t.Fatalf("%s: %+v", name, job)
		}
		for code, want := range map[int32]batchv1.PodFailurePolicyAction{
			1: batchv1.PodFailurePolicyActionCount, 2: batchv1.PodFailurePolicyActionFailJob,
			3: batchv1.PodFailurePolicyActionCount, 4: batchv1.PodFailurePolicyActionFailJob,
		} {
			if got := action(job, code); got != want {
				t.Errorf("%s: exit code %d: %s, expected %s", name, code, got, want)
			}
		}
		first := job.PodFailurePolicy.Rules[0] // the first that fits decides
		if first.Action != batchv1.PodFailurePolicyActionIgnore || len(first.OnPodConditions) != 1 || first.OnPodConditions[0].Type != corev1.DisruptionTarget {
			t.Errorf("%s: a drained node counts as a failure: %+v", name, first)
		}
	}
}

// action is what a job does about an exit code.
func action(job batchv1.JobSpec, code int32) batchv1.PodFailurePolicyAction {
	for _, rule := range job.PodFailurePolicy.Rules {
		if on := rule.OnExitCodes; on != nil && on.ContainerName != nil && *on.ContainerName == job.Template.Spec.Containers[0].Name &&
			(on.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn) == slices.Contains(on.Values, code) {
			return rule.Action
		}
	}
	return batchv1.PodFailurePolicyActionCount
}
