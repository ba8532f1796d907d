package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// ErrGate says that a gate is not met: exit status 3.
var ErrGate = errors.New("gate not met")

// Verify recomputes a decision from its kept outcomes, without any call.
func (a *App) Verify(ctx context.Context, id string) (sizing.Verification, error) {
	if s, rec, err := a.cascadeOf(ctx, id); err != nil || rec != nil {
		if err != nil {
			return sizing.Verification{}, err
		}
		return a.verifyCascade(ctx, s, rec)
	}
	d, err := a.prices().Decision(ctx, id)
	if errs.Is(err, errs.CodeNotFound) {
		err = fmt.Errorf("%w; `luodi report` names the decision of each scenario", err)
	}
	if err != nil {
		return sizing.Verification{}, fmt.Errorf("verifying %s: %w", id, err)
	}
	s, ok := a.Project.Scenario(d.Result.Scenario)
	if !ok {
		return sizing.Verification{}, errs.NotFound("verifying %s: luodi.yaml has no scenario %q any more", id, d.Result.Scenario)
	}
	in, ok, err := a.stock(ctx, s)
	if err != nil || !ok {
		return sizing.Verification{}, errors.Join(err, errs.NotFound("verifying %s: its eval set is not built; run `luodi up`", id))
	}
	set, err := a.dataset(ctx, in.items)
	if err != nil {
		return sizing.Verification{}, err
	}
	scorer, _, err := a.judged(ctx, s, in, nil)
	if err != nil {
		return sizing.Verification{}, err
	}
	return sizing.Verify(ctx, d, set.Items, scorer, a.prices())
}

// Gate returns ErrGate unless the scenario's decision is certified; the error
// says what the gateway serves meanwhile.
func (a *App) Gate(ctx context.Context, scenario string) error {
	if _, ok := a.Project.Scenario(scenario); !ok {
		return errs.NotFound("luodi.yaml has no scenario %q", scenario)
	}
	d, ok, err := a.decision(ctx, scenario)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("scenario %s: it is not sized; run luodi up: %w", scenario, ErrGate)
	}
	s, _ := a.Project.Scenario(scenario)
	rec, _, err := a.chosenCascade(ctx, s, d)
	if err != nil {
		return err
	}
	id, floor := d.ID, floorOf(d)
	if rec != nil {
		id, floor = rec.ID, floorOfCascade(rec)
	}
	alarm, err := a.revoked(ctx, id, floor)
	switch {
	case err != nil:
		return err
	case alarm != nil:
		return fmt.Errorf("scenario %s: the certificate of %s is revoked: labels of served calls show that its mean has fallen below %s (alarm at the call of %s); measure it on new items: %w",
			scenario, id, sizing.Decimal(floor), alarm.Time.UTC().Format("2006-01-02 15:04"), ErrGate)
	case rec != nil || d.Result.Status == sizing.StatusCertified:
		return nil
	}
	published, err := a.routes(ctx)
	if err != nil {
		return err
	}
	serves := "nothing is published"
	for _, e := range published {
		if e.Scenario == scenario {
			serves = "the published route is of " + e.Decision
			if e.Refused != "" {
				serves = "the certified route of " + e.Decision + " stays"
			}
		}
	}
	why := ""
	for _, a := range d.Result.Arms {
		if a.Reason != "" && (a.ID == d.Result.Choice || d.Result.Choice == "") {
			why += "; " + a.Name + ": " + a.Reason
		}
	}
	return fmt.Errorf("scenario %s: decision %s certifies no configuration for its bar (%s)%s; %s: %w", scenario, d.ID, d.Result.Status, why, serves, ErrGate)
}
